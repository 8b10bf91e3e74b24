import { FileRefusedError, type FileStats } from '../../go/file-call.js'
import { processFiles } from '../../go/files.js'

/** A file of targets cannot be read as it is. */
export class TargetFileError extends Error {
  override readonly name = 'TargetFileError'
  readonly code = 'ERR_DISCOVERY_FILE'
}

/** What differs between two versions of a file, known without reading them. */
export type FileStamp = Omit<FileStats, 'kind'>

/** What exists at a path. */
export interface FileInfo {
  readonly stamp: FileStamp
  /** The path is a symbolic link: the file changes when anything around it does. */
  readonly isLink: boolean
}

// The files of a provider are read one after the other: one that does not answer is tried again later.
const withinMs = 2000

/**
 * Looks at a file, through links, without reading it.
 * @throws {TargetFileError} when it is not a regular file; the system's error when there is none
 */
export async function look(path: string): Promise<FileInfo> {
  const own = await processFiles.lstat(path, { withinMs })
  const isLink = own.kind === 'link'
  return { stamp: stampOf(isLink ? await processFiles.stat(path, { withinMs }) : own), isLink }
}

/**
 * Reads a whole file.
 * @param limit the most it may have, in bytes
 * @throws {TargetFileError} when it is larger, or not a regular file
 */
export async function readAll(path: string, limit: number): Promise<FileContent> {
  try {
    const { stats, bytes } = await processFiles.content(path, { limit, withinMs })
    return { stamp: stampOf(stats), bytes }
  } catch (error) {
    if (!(error instanceof FileRefusedError)) throw error
    throw new TargetFileError(error.message, { cause: error })
  }
}

export interface FileContent {
  /** From before it was read. */
  readonly stamp: FileStamp
  readonly bytes: Buffer
}

export function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return (
    a.device === b.device &&
    a.inode === b.inode &&
    a.size === b.size &&
    a.mtimeNs === b.mtimeNs &&
    a.ctimeNs === b.ctimeNs
  )
}

function stampOf(stats: FileStats): FileStamp {
  if (stats.kind !== 'file') throw new TargetFileError('not a regular file')
  return stats
}
