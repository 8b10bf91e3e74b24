import { type AlertmanagerConfig, type Config, printConfig } from '../config/index.js'
import type { DiscoveryManager } from '../discovery/index.js'
import type { AlertTransport } from '../notifier/index.js'
import { planSection, AlertmanagerConfigError } from '../notifier/section-plan.js'
import { planFromRunning } from '../plan/index.js'
import type { ReloadReason } from '../reload/index.js'
import type { Turns } from '../waiting/turns.js'
import type { PlannedReload } from '../web/index.js'
import { sameConfig } from '../yaml/index.js'

/** How many targets of each kind an answer lists for a job. */
const listed = 1000

export interface ReloadPlannerOptions {
  /** Reads and checks the config that a reload would take. */
  readonly load: () => Promise<Config>
  /** The config in force; undefined before the first. */
  readonly current: () => Config | undefined
  readonly discovery: Readonly<Record<'scrape' | 'notify', DiscoveryManager>>
  /** Builds what alerts are sent with: a reload is refused where it cannot be built. */
  readonly createTransport: (config: AlertmanagerConfig) => AlertTransport
  readonly turns: Turns
}

/**
 * Says what a reload would do. It loads the config by itself and looks at what runs; nothing of what runs takes
 * part, so that a reload goes its way meanwhile. One plan is made at a time: requests that wait share the next.
 */
export class ReloadPlanner {
  readonly #options: ReloadPlannerOptions
  #last: Promise<unknown> = Promise.resolve()
  #next: Promise<PlannedReload> | undefined

  constructor(options: ReloadPlannerOptions) {
    this.#options = options
  }

  /** Never rejects for what is wrong with the config: that is an answer. */
  plan(): Promise<PlannedReload> {
    if (this.#next !== undefined) return this.#next
    const next = this.#last.then(() => {
      this.#next = undefined
      return this.#attempt()
    })
    this.#next = next
    this.#last = next.catch(() => {})
    return next
  }

  async #attempt(): Promise<PlannedReload> {
    const { load, current, discovery, turns } = this.#options
    let after: Config
    try {
      after = await load()
    } catch (error) {
      return refused('load', 'load', error)
    }
    const before = current()
    if (before === undefined) {
      return refused('load', 'load', new Error('there is no config in force yet'))
    }
    const reason = await this.#refusal(before, after)
    if (reason !== undefined) return refused('notify', 'prepare', reason)
    const running = { scrape: discovery.scrape.contents(), notify: discovery.notify.contents() }
    try {
      const plan = await planFromRunning({ before, after, running, turns, listed })
      return { ok: true, plan, yaml: printConfig(after) }
    } catch (error) {
      return refused('scrape', 'prepare', error)
    }
  }

  /** Why the notifier would refuse the config. */
  async #refusal(before: Config, after: Config): Promise<unknown> {
    const scheme = after.global.metric_name_validation_scheme || 'utf8'
    const old = before.alerting.alertmanagers
    for (const [i, section] of after.alerting.alertmanagers.entries()) {
      if (old.some((other) => sameConfig(other, section))) continue
      try {
        await planSection(section, scheme, this.#options.createTransport).post.transport.close()
      } catch (cause) {
        return new AlertmanagerConfigError(i, cause)
      }
    }
    return undefined
  }
}

function refused(part: string, phase: ReloadReason['phase'], error: unknown): PlannedReload {
  return { ok: false, reasons: [{ part, phase, error }] }
}
