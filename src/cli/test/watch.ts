import { type FSWatcher, watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { visibleLine } from '../../go/visible.js'
import { errorMessage } from '../../telemetry/error-text.js'
import type { Host } from '../host.js'
import { print } from '../print.js'
import { findTestFiles } from './find-files.js'
import { FixtureError } from './fixture.js'
import { stateOf } from './inputs.js'
import type { TestRun } from './run.js'

/** Runs the tests once. */
export type RunOnce = () => Promise<{ readonly code: number; readonly run: TestRun | undefined }>

const signals = ['SIGINT', 'SIGTERM'] as const

/**
 * Runs the tests now, and again whenever one of the files that they rest on is another one, until the process is
 * told to end. The system says when something happens in a folder; between that nothing is done.
 * @param named the files and folders of the command line: test files that come are run as well
 * @returns the exit code of the last run
 */
export async function watchInputs(
  once: RunOnce,
  named: readonly string[],
  host: Pick<Host, 'signals' | 'stdout' | 'stderr'>,
): Promise<number> {
  const folders = new WatchedFolders((folder, error) => {
    const reason = errorMessage(error)
    print(host.stderr, visibleLine(`muster test: cannot watch ${folder}: ${reason}`))
  })
  let isEnding = false
  const end = (): void => {
    isEnding = true
    folders.wake()
  }
  for (const signal of signals) host.signals.on(signal, end)
  const inputs = new Set<string>()
  let code = 0
  try {
    for (;;) {
      // Watching begins first: what changes while the tests run is noticed.
      await folders.cover(await foldersOf(inputs, named))
      const known = new Map<string, string>()
      for (const file of [...inputs, ...(await testFiles(named))]) {
        known.set(file, await stateOf(file))
      }
      const { code: ended, run } = await once()
      code = ended
      for (const [input, state] of run?.inputs ?? []) {
        inputs.add(input)
        if (!known.has(input)) known.set(input, state)
      }
      // What the run wrote itself is no change.
      for (const file of run?.result.updated ?? []) known.set(file, await stateOf(file))
      await folders.cover(await foldersOf(inputs, named))
      print(host.stdout, 'waiting for a change of the files (Ctrl-C ends it)')
      for (;;) {
        if (isEnding) return code
        if (!(await isSame(known, named))) break
        await folders.changed()
      }
    }
  } finally {
    for (const signal of signals) host.signals.off(signal, end)
    folders.close()
  }
}

/** Watches folders, and remembers whether something happened in one of them since that was asked. */
class WatchedFolders {
  readonly #watchers: Map<string, FSWatcher> = new Map()
  readonly #failed: (folder: string, error: unknown) => void
  #hasChanged = false
  #wake: (() => void) | undefined

  /** @param failed gets the error of a folder that cannot be watched */
  constructor(failed: (folder: string, error: unknown) => void) {
    this.#failed = failed
  }

  async cover(folders: Iterable<string>): Promise<void> {
    for (const folder of folders) {
      const there = await nearest(folder)
      if (this.#watchers.has(there)) continue
      try {
        const watcher = watch(there)
        watcher.on('change', () => this.wake())
        watcher.on('error', (error) => {
          this.#watchers.delete(there)
          watcher.close()
          this.#failed(there, error)
          this.wake()
        })
        this.#watchers.set(there, watcher)
      } catch (error) {
        this.#failed(there, error)
      }
    }
  }

  /** Waits until something happens; returns at once where something has. */
  async changed(): Promise<void> {
    if (!this.#hasChanged) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    this.#wake = undefined
    this.#hasChanged = false
  }

  wake(): void {
    this.#hasChanged = true
    this.#wake?.()
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close()
  }
}

/** The folder, or the nearest one above it that is there. */
async function nearest(folder: string): Promise<string> {
  let at = path.resolve(folder)
  while (path.dirname(at) !== at && !(await isFolder(at))) at = path.dirname(at)
  return at
}

async function isFolder(file: string): Promise<boolean> {
  return await stat(file).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

async function foldersOf(
  inputs: Iterable<string>,
  named: readonly string[],
): Promise<ReadonlySet<string>> {
  const folders = new Set<string>()
  for (const input of inputs) folders.add(path.dirname(input))
  for (const one of named.length === 0 ? ['.'] : named) {
    folders.add((await isFolder(one)) ? one : path.dirname(one))
  }
  return folders
}

/** Whether the files are as they were, and no test file has come. */
async function isSame(
  known: ReadonlyMap<string, string>,
  named: readonly string[],
): Promise<boolean> {
  for (const file of await testFiles(named)) if (!known.has(file)) return false
  for (const [file, state] of known) if ((await stateOf(file)) !== state) return false
  return true
}

async function testFiles(named: readonly string[]): Promise<readonly string[]> {
  try {
    return await findTestFiles(named)
  } catch (error) {
    if (error instanceof FixtureError) return []
    throw error
  }
}
