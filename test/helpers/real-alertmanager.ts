import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { RealProcess } from './real-process.js'

/** A real Alertmanager that tells nobody, and whose data goes away with it. */
export class RealAlertmanager {
  /** `127.0.0.1:<port>` */
  readonly address: string
  readonly #process: RealProcess
  readonly #folder: string

  private constructor(address: string, process: RealProcess, folder: string) {
    this.address = address
    this.#process = process
    this.#folder = folder
  }

  /** Starts it on a free loopback port, or on one that was free before, and waits until it listens. */
  static async start(port: number = 0): Promise<RealAlertmanager> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'muster-alertmanager-'))
    const config = path.join(folder, 'am.yml')
    await writeFile(config, 'route: {receiver: none}\nreceivers: [{name: none}]\n')
    const process = new RealProcess('alertmanager', [
      `--config.file=${config}`,
      `--storage.path=${path.join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${String(port)}`,
      '--cluster.listen-address=',
    ])
    const address = (): string => /msg="Listening on" address=(\S+)/.exec(process.output)?.[1] ?? ''
    try {
      await process.ready(() => address() !== '')
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
    return new RealAlertmanager(address(), process, folder)
  }

  get port(): number {
    return Number(this.address.split(':')[1])
  }

  /** The label `n` of the alerts that it knows of and that are firing, sorted. */
  async firing(): Promise<readonly string[]> {
    const response = await fetch(`${this.#alerts}?active=true`, {
      signal: AbortSignal.timeout(20_000),
    })
    const alerts = (await response.json()) as readonly { labels: Record<string, string> }[]
    return alerts.map(({ labels }) => labels['n'] ?? '').sort()
  }

  /** How many alerts it knows of: cheaper than to ask for all. */
  async count(): Promise<number> {
    const response = await fetch(`http://${this.address}/metrics`, {
      signal: AbortSignal.timeout(20_000),
    })
    const states = (await response.text()).matchAll(/^alertmanager_alerts\{.*\} (.*)$/gm)
    return [...states].reduce((sum, [, count]) => sum + Number(count), 0)
  }

  /** Posts a body; gives the answer. */
  async post(
    body: string,
    contentType: string = 'application/json',
  ): Promise<{ status: number; body: string }> {
    const headers = { 'Content-Type': contentType }
    const response = await fetch(this.#alerts, { method: 'POST', headers, body })
    return { status: response.status, body: await response.text() }
  }

  signal(name: NodeJS.Signals): void {
    this.#process.signal(name)
  }

  /** Ends it as a crash does. */
  kill(): Promise<void> {
    return this.#process.kill()
  }

  async stop(): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }

  get #alerts(): string {
    return `http://${this.address}/api/v2/alerts`
  }
}
