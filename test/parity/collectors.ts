import { readFileSync } from 'node:fs'
import path from 'node:path'
import { load } from 'js-yaml'
import { escapeQuery } from '../../src/go/format-url.js'
import type { Labels } from '../../src/labels/index.js'
import { Daemon, until, Workspace } from '../helpers/daemon.js'
import { ReceiverTwin } from './receiver-twin.js'

const source = readFileSync(path.join(import.meta.dirname, 'testdata/target-allocator.yml'), 'utf8')
const { scrape_configs } = load(source) as { scrape_configs: readonly { job_name: string }[] }

/** The names of the jobs of the cases. */
export const jobs: readonly string[] = scrape_configs.map(({ job_name }) => job_name)

// Ids that mean something else once they are decoded.
const ids = ['c+0', 'c&1=%20']

/** muster on the cases, and the configs that two collectors make of what it gives them. */
export class Collectors {
  readonly #folder = new Workspace()
  #daemon: Daemon | undefined
  /** The cases as they are, for a Prometheus of its own. */
  readonly original: string = this.#folder.write('prometheus.yml', source)
  /** What each collector runs. */
  readonly files: string[] = []

  async start(): Promise<void> {
    this.#folder.write('p', 'password')
    const targets = ids.map((id) => ({ targets: ['127.0.0.1:1'], labels: { instance: id } }))
    const config = { members: { static_configs: targets }, moves: { member_grace: '0s' } }
    const allocator = this.#folder.write('allocator.yml', JSON.stringify(config))
    const daemon = await Daemon.start(this.original, [`--allocator.config.file=${allocator}`])
    this.#daemon = daemon
    await until('every list is whole', async () => {
      const links = jobs.map((job) => `/jobs/${escapeQuery(job)}/targets`)
      const answers = await Promise.all(links.map((link) => daemon.get(link)))
      return answers.every(({ status }) => status === 200)
    })
    for (const [i, collectorId] of ids.entries()) {
      const twin = new ReceiverTwin({ endpoint: daemon.url, collectorId })
      await twin.sync()
      // A collector has settings of its own, which must not take the place of the job's.
      const config = twin.config({ scrape_interval: '90y', scrape_timeout: '4s' })
      this.files.push(this.#folder.write(`collector-${String(i)}.yml`, config))
    }
  }

  async stop(): Promise<void> {
    await this.#daemon?.stop()
    this.#folder.remove()
  }
}

function inOrder(_key: string, value: unknown): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value
}

/** Each of these values once, as text, with keys in order. */
export function distinct(values: readonly unknown[]): readonly string[] {
  return [...new Set(values.map((value) => JSON.stringify(value, inOrder)))].sort()
}

/** These labels but one. */
export function withoutLabel(name: string, labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([one]) => one !== name))
}
