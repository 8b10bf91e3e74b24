import { FileSilentError } from './file-lane.js'
import { type ContentOptions, processFiles } from './files.js'

const mebibyte = 1024 * 1024

/** The most that a file with one secret, or with certificates, may have. */
export const secretLimit: number = 16 * mebibyte

/** The most that a config file, a rule file or a web config may have. */
export const configLimit: number = 64 * mebibyte

/**
 * Reads a regular file whole, through links. A device, a pipe, a socket or a folder is not opened at all:
 * reading it may have no end, and opening it may do something.
 * @throws {FileRefusedError} when it is no regular file, or larger than the limit
 * @throws {FileSilentError} when the file system does not answer
 * @throws the system's error when it cannot be read
 */
export async function readRegular(file: string, options: ContentOptions): Promise<Buffer> {
  return (await processFiles.content(file, options)).bytes
}

/**
 * The same in a fifth of a second at most, while nothing else runs.
 * @param limit in bytes
 * @returns undefined where the file system has not answered: {@link readRegular} has to be asked
 */
export function readRegularSoon(file: string, limit: number): Buffer | undefined {
  try {
    return processFiles.contentSoon(file, limit)
  } catch (error) {
    if (error instanceof FileSilentError) return undefined
    throw error
  }
}

/** The same at once, for start-up and for what cannot wait. @param limit in bytes */
export function readRegularSync(file: string, limit: number): Buffer {
  return processFiles.contentNow(file, limit)
}
