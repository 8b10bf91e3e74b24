import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Writable } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Registry } from 'prom-client'
import { onTestFinished } from 'vitest'
import { dnsMechanism } from '../../../src/mechanisms/dns/index.js'
import {
  type DiscoveryConfig,
  DiscoveryManager,
  discoveryMetrics,
  type TargetGroup,
} from '../../../src/discovery/index.js'
import { labelValue } from '../../../src/labels/index.js'
import { createLogger } from '../../../src/telemetry/winston.js'
import { decodeText } from '../../../src/yaml/index.js'
import { atOtherPace, type Rig, type ShownProvider } from './rig.js'
import type { Vitals } from './vitals.js'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/**
 * DNS discovery with everything around it, in this process: the system's own resolv.conf and port 53
 * are nobody's to bend for a test.
 */
export class DnsRig implements Rig {
  readonly resolvConf: string
  readonly #registry = new Registry()
  readonly #manager: DiscoveryManager
  readonly #source: DiscoveryConfig
  readonly #other: DiscoveryConfig
  readonly #groups = new Map<string, Map<string, TargetGroup>>()
  #log = ''

  /**
   * @param section the element of `dns_sd_configs`, as YAML
   * @param port where DNS servers listen
   */
  constructor(section: string, port: number) {
    const folder = mkdtempSync(path.join(tmpdir(), 'muster-dns-'))
    this.resolvConf = path.join(folder, 'resolv.conf')
    const stream = new Writable({
      write: (chunk, _, done) => {
        this.#log += String(chunk)
        done()
      },
    })
    const mechanism = dnsMechanism({
      registry: this.#registry,
      resolvConf: this.resolvConf,
      port,
    })
    this.#source = sourceOf(mechanism, section)
    this.#other = sourceOf(mechanism, atOtherPace(section))
    this.#manager = new DiscoveryManager({
      name: 'scrape',
      metrics: discoveryMetrics(this.#registry),
      logger: createLogger({ level: 'info', format: 'logfmt', stream }),
    })
    this.#manager.updates.subscribe(({ set, changes, removed }) => {
      const groups = this.#groups.get(set) ?? new Map<string, TargetGroup>()
      if (removed) this.#groups.delete(set)
      else this.#groups.set(set, groups)
      for (const [key, group] of changes) {
        if (group === undefined) groups.delete(key)
        else groups.set(key, group)
      }
    })
    const running = this.#manager.execute()
    onTestFinished(async () => {
      this.#manager.interrupt()
      await running
      rmSync(folder, { recursive: true })
    })
  }

  targets(): Promise<readonly string[]> {
    const found = [...this.#groups].flatMap(([set, groups]) =>
      [...groups.values()].flatMap(({ targets }) =>
        targets.map((target) => `${set} ${labelValue(target, '__address__')}`),
      ),
    )
    return Promise.resolve(found.sort())
  }

  providers(): Promise<readonly ShownProvider[]> {
    const shown = this.#manager.providers().map((p) => ({ ...p, lastError: p.lastError ?? null }))
    return Promise.resolve(shown)
  }

  metrics(): Promise<string> {
    return this.#registry.metrics()
  }

  log(): string {
    return this.#log
  }

  reload(jobs: readonly string[], beside?: 'beside'): Promise<void> {
    const sets = new Map(jobs.map((job) => [job, [this.#source]]))
    if (beside !== undefined) sets.set(beside, [this.#other])
    this.#manager.prepare(sets).commit()
    return Promise.resolve()
  }

  vitals(): Promise<Vitals> {
    collectGarbage()
    const handles: Record<string, number> = {}
    for (const kind of process.getActiveResourcesInfo()) {
      if (kind !== 'Immediate') handles[kind] = (handles[kind] ?? 0) + 1
    }
    const { heapUsed, external } = process.memoryUsage()
    const files = readdirSync('/proc/self/fd').length
    return Promise.resolve({ handles, files, memory: heapUsed + external })
  }
}

function sourceOf(mechanism: ReturnType<typeof dnsMechanism>, section: string): DiscoveryConfig {
  const { value, issues } = decodeText(mechanism.section, 'sd.yml', section)
  if (issues.length > 0) throw new Error(issues.map(({ message }) => message).join('; '))
  return { mechanism, config: value }
}
