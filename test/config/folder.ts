import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach } from 'vitest'

/** A folder of one test's own. */
export interface Folder {
  /** The path of a file in it. */
  path(name: string): string
  write(name: string, text: string | Uint8Array): Promise<string>
}

/** Gives each test of a suite an empty folder, and removes it. */
export function useFolder(): Folder {
  let root = ''
  beforeEach(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), 'muster-config-'))
  })
  afterEach(async () => {
    await rm(root, { recursive: true })
  })
  const at = (name: string): string => path.join(root, name)
  return {
    path: at,
    async write(name, text) {
      await mkdir(path.dirname(at(name)), { recursive: true })
      await writeFile(at(name), text)
      return at(name)
    },
  }
}
