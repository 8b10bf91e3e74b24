import { access, readFile, stat } from 'node:fs/promises'

const reasons: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'no such file or directory'],
  ['EACCES', 'permission denied'],
  ['ENOTDIR', 'not a directory'],
])

/** Why a file cannot be read, as Go says it; undefined when it can, and for an empty name. */
export async function faultOfFile(file: string): Promise<string | undefined> {
  if (file === '') return undefined
  try {
    await access(file)
    return undefined
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    return `stat ${file}: ${reasons.get(code) ?? (error instanceof Error ? error.message : code)}`
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
