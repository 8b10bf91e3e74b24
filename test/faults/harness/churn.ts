import type { Workspace } from '../../helpers/daemon.js'
import { configOf, type ProbedDaemon } from './probed-daemon.js'
import type { RealConsul } from '../../helpers/real-consul.js'
import { pass, status, type TroubledProxy } from './troubled-proxy.js'

/** What a churn works on. */
export interface ChurnParts {
  readonly rig: ProbedDaemon
  readonly consul: RealConsul
  /** Before Consul and before the server of lists. */
  readonly proxies: readonly TroubledProxy[]
  readonly files: Workspace
  /** What the server of lists serves. */
  readonly listed: { targets: readonly string[] }
}

const count = 20

/** What each job looks for, with another pace where its providers shall be new ones. */
export function sectionOf(consul: string, lists: string, seconds = 1): string {
  return [
    `consul_sd_configs: [{server: '${consul}', tags: [t], refresh_interval: ${String(seconds)}s}]`,
    `file_sd_configs: [{files: ['sd/*.json'], refresh_interval: ${String(seconds)}m}]`,
    `http_sd_configs: [{url: 'http://${lists}/', refresh_interval: ${String(seconds)}s}]`,
    `relabel_configs:`,
    `- {source_labels: [__address__], regex: '(.)(.*):.*', target_label: 'kind_$1', replacement: '$2'}`,
  ].join('\n    ')
}

/** Changes everything that muster looks at, at random, and brings it back to where it was. */
export class Churn {
  readonly #parts: ChurnParts
  readonly #random: () => number
  #troubled = false
  /** How many changes, reloads and troubles there were. */
  readonly done = { changes: 0, reloads: 0, refusals: 0, troubles: 0 }

  constructor(parts: ChurnParts, random: () => number) {
    this.#parts = parts
    this.#random = random
  }

  /** The targets of a job when nothing is changed. */
  get hosts(): readonly string[] {
    return numbers().flatMap((i) => [`c${i}:1`, `f${i}:1`, `h${i}:1`])
  }

  /** Everything as it was at the beginning. */
  async calm(): Promise<void> {
    const { consul, proxies, files, listed, rig } = this.#parts
    for (const proxy of proxies) proxy.set(pass)
    this.#troubled = false
    await consul.deregister(...numbers().flatMap((i) => [`c${i}:2`, `c${i}:3`]))
    await consul.register(...numbers().map((i) => `c${i}:1`))
    for (const i of numbers()) files.write(`sd/f${i}.json`, list(`f${i}:1`))
    listed.targets = numbers().map((i) => `h${i}:1`)
    await rig.reload(['a'])
  }

  /** One change of one thing; now and then a reload, a config that is refused, a server in trouble. */
  async step(): Promise<void> {
    const chance = this.#random()
    if (chance < 0.02) await this.#reload()
    else if (chance < 0.03) await this.#refuse()
    else if (chance < 0.05) this.#trouble()
    else await this.#change()
  }

  async #change(): Promise<void> {
    const { consul, files, listed } = this.#parts
    this.done.changes += 1
    const i = String(this.#below(count))
    const port = String(1 + this.#below(3))
    const kind = this.#below(4)
    if (kind === 0) await consul.register(`c${i}:${port}`)
    else if (kind === 1) await consul.deregister(`c${i}:${port}`)
    else if (kind === 2) files.write(`sd/f${i}.json`, list(`f${i}:${port}`, `f${i}:9`))
    else listed.targets = numbers().map((n) => `h${n}:${n === i ? port : '1'}`)
  }

  async #reload(): Promise<void> {
    const { rig, proxies } = this.#parts
    this.done.reloads += 1
    const jobs = ['a', 'b', 'c', 'd'].filter((job) => job === 'a' || this.#random() < 0.5)
    const [consul, lists] = proxies.map(({ address }) => address)
    await rig.reloadWith(configOf(jobs, sectionOf(consul ?? '', lists ?? '', 1 + this.#below(2))))
  }

  async #refuse(): Promise<void> {
    const { rig, files } = this.#parts
    this.done.refusals += 1
    files.write('prometheus.yml', 'scrape_configs: [{job_name: }')
    await rig.ask('POST', '/-/reload')
  }

  #trouble(): void {
    this.done.troubles += 1
    const proxy = this.#parts.proxies[this.#below(this.#parts.proxies.length)]
    proxy?.set(this.#troubled ? pass : status(500))
    if (!this.#troubled && this.#random() < 0.5) proxy?.cut()
    this.#troubled = !this.#troubled
  }

  #below(n: number): number {
    return Math.floor(this.#random() * n)
  }
}

function numbers(): readonly string[] {
  return Array.from({ length: count }, (_, i) => String(i))
}

function list(...targets: readonly string[]): string {
  return JSON.stringify([{ targets }])
}
