import { access, readFile, stat } from 'node:fs/promises'
import { fileErrorReason } from '../../go/file-error.js'

/** Why a file cannot be read, as Go says it; undefined when it can, and for an empty name. */
export async function faultOfFile(file: string): Promise<string | undefined> {
  if (file === '') return undefined
  try {
    await access(file)
    return undefined
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return `stat ${file}: ${fileErrorReason(error) ?? reason}`
  }
}

const megabyte = 1024 * 1024

/**
 * Reads a file that a config names.
 * @throws when it cannot be read, or has more bytes than that
 */
export async function readBounded(file: string, megabytes: number): Promise<Buffer> {
  const { size } = await stat(file)
  if (size > megabytes * megabyte) {
    throw new Error(`${file}: it has more than ${String(megabytes)} MiB`)
  }
  return readFile(file)
}
