import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { requirePeer } from '../helpers/peers.js'

/** A target as `/api/v1/targets` shows it, as far as it is compared. */
export interface ShownTarget {
  readonly scrapePool: string
  readonly discoveredLabels: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
  readonly scrapeUrl?: string
  readonly scrapeInterval?: string
  readonly scrapeTimeout?: string
}

/** Active and dropped targets. */
export interface Shown {
  readonly activeTargets: readonly ShownTarget[]
  readonly droppedTargets: readonly ShownTarget[]
}

/** A real Prometheus on a config of one's own, in a folder that goes away with it. */
export class RealPrometheus {
  readonly #child: ChildProcess
  readonly #folder: string
  readonly #port: number
  #output = ''

  private constructor(child: ChildProcess, folder: string, port: number) {
    this.#child = child
    this.#folder = folder
    this.#port = port
    const take = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-4000)
    }
    child.stdout?.on('data', take)
    child.stderr?.on('data', take)
  }

  /** @param files what stands beside the config, by name */
  static async start(files: Readonly<Record<string, string>>): Promise<RealPrometheus> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'muster-prometheus-'))
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text)
    const port = await freePort()
    const child = spawn(
      requirePeer('prometheus'),
      [
        '--config.file=prometheus.yml',
        `--web.listen-address=127.0.0.1:${String(port)}`,
        '--storage.tsdb.path=data',
        '--log.level=error',
      ],
      { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    return new RealPrometheus(child, folder, port)
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.#port)}`
  }

  /** The targets as they are; undefined while it does not answer yet. */
  async targets(): Promise<Shown | undefined> {
    if (this.#child.exitCode !== null) {
      throw new Error(`Prometheus exited with ${String(this.#child.exitCode)}: ${this.#output}`)
    }
    try {
      const response = await fetch(`${this.url}/api/v1/targets`)
      if (!response.ok) return undefined
      return ((await response.json()) as { data: Shown }).data
    } catch (error) {
      if (error instanceof TypeError) return undefined
      throw error
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null) {
      const gone = new Promise((resolve) => this.#child.once('exit', resolve))
      this.#child.kill('SIGKILL')
      await gone
    }
    await rm(this.#folder, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
