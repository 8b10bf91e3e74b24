import { execFileSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { onTestFinished } from 'vitest'

/**
 * Lays a file system that never answers over a folder, as a network folder is whose server is gone: a
 * FUSE mount that has nobody behind it. Every call for a path in it waits in the kernel. Needs root
 * and /dev/fuse.
 * @returns takes it away again: calls that wait get an error, and what was in the folder is there again
 */
export function hang(folder: string): () => void {
  const device = openSync('/dev/fuse', 'r+')
  let isThere = true
  const end = (): void => {
    if (!isThere) return
    isThere = false
    execFileSync('umount', ['--lazy', folder])
    closeSync(device)
  }
  const options = 'fd=3,rootmode=40000,user_id=0,group_id=0'
  execFileSync('mount', ['-i', '-t', 'fuse', '-o', options, 'hung', folder], {
    stdio: ['ignore', 'inherit', 'inherit', device],
  })
  onTestFinished(end)
  return end
}
