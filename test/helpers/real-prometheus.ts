import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { freePort } from './free-port.js'
import type { Peer } from './peers.js'
import { RealProcess } from './real-process.js'

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

/** Which Prometheus, and with what flags more. */
export interface PrometheusOptions {
  readonly release?: Peer & `prometheus${string}`
  readonly args?: readonly string[]
  /** Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv
}

/** A real Prometheus on a free loopback port, whose data goes away with it. */
export class RealPrometheus {
  readonly url: string
  readonly #process: RealProcess
  readonly #folder: string

  private constructor(url: string, process: RealProcess, folder: string) {
    this.url = url
    this.#process = process
    this.#folder = folder
  }

  /**
   * Starts it on these files, in a folder that goes away with it, and waits until it is ready. It runs
   * in that folder: what it says of files has no path.
   * @param files by name; `prometheus.yml` is its config
   */
  static async start(
    files: Readonly<Record<string, string>>,
    options: PrometheusOptions = {},
  ): Promise<RealPrometheus> {
    const folder = await newFolder()
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text)
    return RealPrometheus.#launch('prometheus.yml', folder, options)
  }

  /** Starts it on the absolute path of a config that is there already, and waits until it is ready. */
  static async on(config: string, options: PrometheusOptions = {}): Promise<RealPrometheus> {
    return RealPrometheus.#launch(config, await newFolder(), options)
  }

  static async #launch(
    config: string,
    folder: string,
    { release = 'prometheus', args = [], env }: PrometheusOptions,
  ): Promise<RealPrometheus> {
    const address = `127.0.0.1:${String(await freePort())}`
    const url = `http://${address}`
    const process = new RealProcess(
      release,
      [
        `--config.file=${config}`,
        `--web.listen-address=${address}`,
        `--storage.tsdb.path=${path.join(folder, 'data')}`,
        '--log.level=warn',
        ...args,
      ],
      { cwd: folder, ...(env && { env }) },
    )
    const prometheus = new RealPrometheus(url, process, folder)
    try {
      await process.ready(async () => (await fetch(`${url}/-/ready`)).ok)
    } catch (error) {
      await prometheus.stop()
      throw error
    }
    return prometheus
  }

  /** The end of what it has logged. */
  get output(): string {
    return this.#process.output
  }

  /** The targets as they are. */
  async targets(): Promise<Shown> {
    const response = await fetch(`${this.url}/api/v1/targets`)
    return ((await response.json()) as { data: Shown }).data
  }

  /**
   * Gives it another config, in the file that it was started with. It needs `--web.enable-lifecycle`.
   * @returns the config as it shows it; undefined where it refuses it
   */
  async reload(text: string | Uint8Array): Promise<string | undefined> {
    await writeFile(path.join(this.#folder, 'prometheus.yml'), text)
    const answer = await fetch(`${this.url}/-/reload`, { method: 'POST' })
    await answer.arrayBuffer()
    if (!answer.ok) return undefined
    const shown = await fetch(`${this.url}/api/v1/status/config`)
    return ((await shown.json()) as { data: { yaml: string } }).data.yaml
  }

  async stop(): Promise<void> {
    await this.#process.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

function newFolder(): Promise<string> {
  return mkdtemp(path.join(os.tmpdir(), 'muster-prometheus-'))
}
