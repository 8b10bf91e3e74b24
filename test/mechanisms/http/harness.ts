import { Registry } from 'prom-client'
import { asyncScheduler } from 'rxjs'
import type { DiscovererContext, Discoverer } from '../../../src/discovery/index.js'
import { httpMechanism } from '../../../src/mechanisms/http/index.js'
import { type HttpSdConfig, httpSection } from '../../../src/mechanisms/http/section.js'
import { silentLogger } from '../../../src/telemetry/index.js'
import { Turns } from '../../../src/waiting/turns.js'
import { decodeText } from '../../../src/yaml/index.js'

/** One element of `http_sd_configs` as it would be read from a file, and what is wrong with it. */
export function readSection(yaml: string): {
  readonly config: HttpSdConfig
  readonly issues: readonly string[]
} {
  const { value, issues } = decodeText(httpSection, '/nowhere/p.yml', yaml)
  return { config: value, issues: issues.map((issue) => issue.message) }
}

/** What a discoverer counted. */
export interface Told {
  readonly polls: { ok: number; failed: number }
}

/** A context that notes what it is told. */
export function contextOf(told: Told): DiscovererContext {
  return {
    logger: silentLogger,
    set: 'job',
    scheduler: asyncScheduler,
    random: () => 0.5,
    refreshMetrics: {
      observe: () => {
        told.polls.ok += 1
      },
      failed: () => {
        told.polls.failed += 1
      },
    },
    turns: new Turns(),
  }
}

/** A discoverer of a section, with its registry and what it tells. */
export function discover(yaml: string): {
  readonly discoverer: Discoverer
  readonly registry: Registry
  readonly told: Told
} {
  const registry = new Registry()
  const told: Told = { polls: { ok: 0, failed: 0 } }
  const mechanism = httpMechanism({ registry, env: {}, userAgent: 'muster/test' })
  const { config, issues } = readSection(yaml)
  if (issues.length > 0) throw new Error(issues.join('\n'))
  return { discoverer: mechanism.create(config, contextOf(told)), registry, told }
}
