const reasons: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'no such file or directory'],
  ['EACCES', 'permission denied'],
  ['EISDIR', 'is a directory'],
  ['ENOTDIR', 'not a directory'],
  ['EEXIST', 'file exists'],
  ['EROFS', 'read-only file system'],
  ['ENOSPC', 'no space left on device'],
  ['EDQUOT', 'disk quota exceeded'],
  ['EPERM', 'operation not permitted'],
  ['EIO', 'input/output error'],
  ['ELOOP', 'too many levels of symbolic links'],
])

/**
 * Why the system could not do something with a file, in Go's words.
 * @param error from `node:fs`
 * @returns undefined for what is not a plain error of the system, or one not known here
 */
export function fileErrorReason(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? reasons.get(String(error.code)) : undefined
}
