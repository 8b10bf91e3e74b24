import { fileErrorReason } from '../../go/file-error.js'
import { FileRefusedError } from '../../go/file-call.js'
import { processFiles } from '../../go/files.js'
import { readRegular } from '../../go/read-file.js'
import { visibleLine } from '../../go/visible.js'

/** Why a file cannot be read, as Go says it; undefined when it can, and for an empty name. */
export async function faultOfFile(file: string): Promise<string | undefined> {
  if (file === '') return undefined
  try {
    await processFiles.stat(file)
    return undefined
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return `stat ${visibleLine(file)}: ${fileErrorReason(error) ?? reason}`
  }
}

const megabyte = 1024 * 1024

/**
 * Reads a file that a config names.
 * @throws when it cannot be read, is no regular file, or has more bytes than that
 */
export async function readBounded(file: string, megabytes: number): Promise<Buffer> {
  try {
    return await readRegular(file, { limit: megabytes * megabyte })
  } catch (error) {
    if (!(error instanceof FileRefusedError)) throw error
    throw new FileRefusedError(`${file}: ${error.message}`, { cause: error })
  }
}
