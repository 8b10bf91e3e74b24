import { type ChildProcess, spawn } from 'node:child_process'

/** A program that runs as a process of its own, and what it has written so far. */
export interface Child {
  readonly process: ChildProcess
  /** Everything on stdout and stderr, in the order it came. */
  readonly output: string
  /**
   * Waits until the output matches, and gives the match.
   * @throws with the output when the process ends first, or after ten seconds
   */
  says(pattern: RegExp): Promise<RegExpExecArray>
  /** Waits for the end: the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>
}

/** Starts `node` with these arguments. */
export function startNode(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Child {
  const child = spawn(process.execPath, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const watchers = new Set<() => void>()
  const changed = (): void => {
    for (const watcher of watchers) watcher()
  }
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      changed()
    })
  }
  const ended = new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? signal))
  })
  const says = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const settle = (why?: string): void => {
        const match = pattern.exec(output)
        if (match === null && why === undefined) return
        watchers.delete(settle)
        clearTimeout(timer)
        if (match === null) reject(new Error(`${why ?? ''} without ${String(pattern)}:\n${output}`))
        else resolve(match)
      }
      const timer = setTimeout(() => settle('ten seconds passed'), 10_000)
      watchers.add(settle)
      ended.then(
        () => settle('the process ended'),
        (error: unknown) => settle(String(error)),
      )
      settle()
    })
  return {
    process: child,
    get output() {
      return output
    },
    says,
    ended,
  }
}
