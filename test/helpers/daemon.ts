import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const entry = path.resolve(import.meta.dirname, '../../dist/bin/muster.js')

/** A temporary folder with files in it. */
export class Workspace {
  readonly directory: string = mkdtempSync(path.join(os.tmpdir(), 'muster-test-'))

  path(name: string): string {
    return path.join(this.directory, name)
  }

  write(name: string, text: string): string {
    const file = this.path(name)
    writeFileSync(file, text)
    return file
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}

/** The built daemon as its own process, on a free port. */
export class Daemon {
  readonly child: ChildProcess
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  #stdout = ''
  #stderr = ''

  private constructor(args: readonly string[], env: NodeJS.ProcessEnv) {
    this.child = spawn(process.execPath, [entry, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    })
    this.child.stdout?.on('data', (chunk: Buffer) => {
      this.#stdout += chunk.toString()
    })
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString()
    })
    this.exited = new Promise((resolve) => {
      this.child.once('close', (code, signal) => resolve({ code, signal }))
    })
  }

  /** Starts it without waiting for anything. */
  static spawn(args: readonly string[], env: NodeJS.ProcessEnv = {}): Daemon {
    return new Daemon(args, env)
  }

  /** Starts it, and waits until it has said where it listens. */
  static async start(
    config: string,
    args: readonly string[] = [],
    env: NodeJS.ProcessEnv = {},
  ): Promise<Daemon> {
    const daemon = new Daemon(
      [`--config.file=${config}`, '--web.listen-address=127.0.0.1:0', ...args],
      env,
    )
    await until('muster is ready', () => {
      const { exitCode, signalCode } = daemon.child
      if ((exitCode ?? signalCode) !== null)
        throw new Error(`muster ended (${String(exitCode ?? signalCode)}):\n${daemon.stderr}`)
      return daemon.stdout.includes('open http')
    })
    return daemon
  }

  get stdout(): string {
    return this.#stdout
  }

  get stderr(): string {
    return this.#stderr
  }

  /** Where it listens, with the route prefix, without a slash at the end. */
  get url(): string {
    return /open ([^\s"]+?)\/?["\n]/.exec(this.#stdout)?.[1] ?? ''
  }

  async get(route: string): Promise<{ status: number; text: string }> {
    const response = await fetch(`${this.url}${route}`)
    return { status: response.status, text: await response.text() }
  }

  /** The `data` of an API answer. */
  async api<T>(route: string): Promise<T> {
    const { text } = await this.get(`/api/v1${route}`)
    return (JSON.parse(text) as { data: T }).data
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  /** Ends it, whatever it does. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL')
    await this.exited
  }
}

/**
 * Asks again and again until something holds; the deadline is no part of what is tested.
 * @throws when it does not hold within a minute
 */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  deadlineMs = 60_000,
): Promise<void> {
  const end = Date.now() + deadlineMs
  let last: unknown
  while (Date.now() < end) {
    try {
      if (await holds()) return
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('muster ended')) throw error
      last = error
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`never: ${what}`, { cause: last })
}
