import { stat } from 'node:fs/promises'
import { FilePattern } from '../../go/glob.js'

/** The files that a run rests on, each with its state before it was read. */
export class Inputs {
  readonly #states = new Map<string, string>()

  get states(): ReadonlyMap<string, string> {
    return this.#states
  }

  /** Takes note of files, or patterns of files; to be awaited before they are read. */
  async add(files: Iterable<string>): Promise<void> {
    for (const file of files) {
      if (!this.#states.has(file)) this.#states.set(file, await stateOf(file))
    }
  }
}

/** Another text whenever the file, or one of those that a pattern has, is another one, comes or goes. */
export async function stateOf(input: string): Promise<string> {
  const matching = await new FilePattern(input).list().catch(() => [])
  const states = await Promise.all(
    Array.from(new Set([input, ...matching]), async (file) => {
      const state = await stat(file, { bigint: true }).catch(() => undefined)
      return [file, state && [state.dev, state.ino, state.size, state.mtimeNs].join(' ')].join('\0')
    }),
  )
  return states.sort().join('\n')
}
