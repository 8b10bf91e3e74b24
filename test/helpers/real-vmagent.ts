import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { freePort } from './free-port.js'
import { RealProcess } from './real-process.js'
import type { Shown } from './real-prometheus.js'

/** A real vmagent on a free loopback port, which sends nothing anywhere. */
export class RealVmagent {
  readonly url: string
  readonly #process: RealProcess
  readonly #folder: string

  private constructor(url: string, process: RealProcess, folder: string) {
    this.url = url
    this.#process = process
    this.#folder = folder
  }

  /**
   * Starts it, and waits until it is ready.
   * @param config in the form of a prometheus.yml
   * @param args more flags
   * @param env default that of this process
   */
  static async start(
    config: string,
    args: readonly string[] = [],
    env?: NodeJS.ProcessEnv,
  ): Promise<RealVmagent> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'muster-vmagent-'))
    const file = path.join(folder, 'prometheus.yml')
    await writeFile(file, config)
    const address = `127.0.0.1:${String(await freePort())}`
    const url = `http://${address}`
    const process = new RealProcess(
      'vmagent',
      [
        `-promscrape.config=${file}`,
        `-httpListenAddr=${address}`,
        // Nothing listens there.
        `-remoteWrite.url=http://127.0.0.1:${String(await freePort())}/`,
        `-remoteWrite.tmpDataPath=${path.join(folder, 'data')}`,
        // It does without some of Prometheus' keys.
        '-promscrape.config.strictParse=false',
        '-loggerLevel=WARN',
        ...args,
      ],
      { cwd: folder, ...(env && { env }) },
    )
    const vmagent = new RealVmagent(url, process, folder)
    try {
      await process.ready(async () => (await fetch(`${url}/-/healthy`)).ok)
    } catch (error) {
      await vmagent.stop()
      throw error
    }
    return vmagent
  }

  /** The targets as they are. */
  async targets(): Promise<Shown> {
    const response = await fetch(`${this.url}/api/v1/targets`)
    return ((await response.json()) as { data: Shown }).data
  }

  async stop(): Promise<void> {
    await this.#process.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
