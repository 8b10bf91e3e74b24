import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'

/** A server of its own process, which ends with the test. */
export interface RealProcess {
  /** Resolves with the match once its output has it; rejects with the output when it ends without. */
  says(pattern: RegExp): Promise<RegExpExecArray>
  signal(name: NodeJS.Signals): void
  /** Ends it at once, and waits until it is gone. */
  kill(): Promise<void>
}

export function startProcess(command: string, args: readonly string[]): RealProcess {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  // Only the end is kept, but everything is read: a full pipe would stop the server.
  let output = ''
  const watchers = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-20_000)
      for (const watcher of watchers) watcher()
    })
  }
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
  }
  onTestFinished(kill)
  return {
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(output)
          if (match === null) return
          watchers.delete(look)
          resolve(match)
        }
        watchers.add(look)
        child.once('exit', () => reject(new Error(`${command} ended:\n${output}`)))
        look()
      }),
    signal: (name) => child.kill(name),
    kill,
  }
}
