import { Registry } from 'prom-client'
import { Subject } from 'rxjs'
import type { TargetGroup, TargetUpdate } from '../../../src/discovery/index.js'
import type { Labels } from '../../../src/labels/index.js'
import { relabelRule } from '../../../src/relabel/index.js'
import { type ScrapeJob, ScrapeManager } from '../../../src/scrape/index.js'
import {
  type SearchRequest,
  TargetSearch,
  type DiscoveryMarks,
} from '../../../src/scrape/search/index.js'
import { Turns } from '../../../src/waiting/turns.js'

export function job(name: string, more: Partial<ScrapeJob> = {}): ScrapeJob {
  return {
    job_name: name,
    scrape_interval: 60_000,
    scrape_timeout: 10_000,
    metrics_path: '/metrics',
    scheme: 'http',
    params: {},
    relabel_configs: [],
    target_limit: 0,
    keep_dropped_targets: 0,
    metric_name_validation_scheme: 'utf8',
    ...more,
  }
}

export { relabelRule as rule }

export function group(source: string, labels: Labels, ...targets: readonly Labels[]): TargetGroup {
  return { source, labels, targets }
}

export const all: SearchRequest = {
  q: '',
  pools: [],
  states: [],
  scope: 'all',
  sort: '',
  offset: 0,
  limit: 500,
  facets: [],
}

/** Pools of jobs, and a search over them. */
export class Rig {
  readonly #updates = new Subject<TargetUpdate>()
  readonly manager: ScrapeManager
  readonly search: TargetSearch
  marks: DiscoveryMarks & { readonly version: string } = {
    held: () => new Map(),
    restored: new Set(),
    version: '',
  }
  #generation = 0

  constructor(more: { readonly now?: () => number; readonly turns?: Turns } = {}) {
    this.manager = new ScrapeManager({ updates: this.#updates, registry: new Registry() })
    void this.manager.execute()
    const { turns = new Turns(), now } = more
    this.search = new TargetSearch({
      pools: () => this.manager.pools(),
      marks: () => this.marks,
      turns,
      ...(now && { now }),
    })
  }

  configure(...jobs: readonly ScrapeJob[]): void {
    this.#generation += 1
    this.manager.prepare(jobs).commit()
  }

  /** @param groups by the key of their group, such as `file/0/nodes` */
  async put(set: string, groups: Readonly<Record<string, TargetGroup | undefined>>): Promise<void> {
    const changes = new Map(Object.entries(groups))
    this.#updates.next({ set, generation: this.#generation, changes })
    while (!this.manager.isSettled) await new Promise((resolve) => setImmediate(resolve))
  }

  stop(): void {
    this.manager.interrupt()
  }
}
