import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { until } from './daemon.js'
import { type Peer, requirePeer } from './peers.js'

/** How a server is started that is more than one binary. */
export interface RealProcessOptions {
  /** Its working folder. */
  readonly cwd?: string
  /** What is started in place of the peer's own binary: `java`. */
  readonly command?: string
  /** Its whole environment; default that of this process. */
  readonly env?: NodeJS.ProcessEnv
}

/** A real server as a process of its own. */
export class RealProcess {
  readonly #name: Peer
  readonly #child: ReturnType<typeof spawn>
  readonly #exited: Promise<unknown>
  #output = ''

  constructor(name: Peer, args: readonly string[], options: RealProcessOptions = {}) {
    const { cwd, command, env } = options
    this.#name = name
    this.#child = spawn(command ?? requirePeer(name), args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#exited = once(this.#child, 'exit')
    // Only the end is kept, but everything is read: a full pipe would stop the server.
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-200_000)
      })
    }
  }

  get isOver(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** Undefined where it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid
  }

  /** The end of what it has written. */
  get output(): string {
    return this.#output
  }

  /**
   * Asks again and again until it is ready; an error means that it is not yet.
   * @param withinMs how long it may take; default a minute
   * @throws with its output, and without the process, when it ends first or takes longer
   */
  async ready(isReady: () => boolean | Promise<boolean>, withinMs?: number): Promise<void> {
    const what = `${this.#name} is ready`
    try {
      await until(what, async () => this.isOver || (await isReady()), withinMs)
      if (this.isOver) throw new Error(`${this.#name} ended`)
    } catch (cause) {
      await this.kill()
      throw new Error(`never: ${what}; it says:\n${this.#output}`, { cause })
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Ends it as a crash does, and waits until it is gone. */
  async kill(): Promise<void> {
    if (this.isOver) return
    this.#child.kill('SIGKILL')
    await this.#exited
  }
}

/** Starts a server that ends with the test. */
export async function forThisTest<T extends { stop(): Promise<void> }>(
  starting: Promise<T>,
): Promise<T> {
  const server = await starting
  onTestFinished(() => server.stop())
  return server
}
