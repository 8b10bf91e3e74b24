import { inspect } from 'node:util'
import { Registry } from 'prom-client'
import { tap } from 'rxjs'
import {
  DiscoveryManager,
  discoveryMetrics,
  type Finding,
  type Mechanism,
  type ProviderStatus,
} from '../../../src/discovery/index.js'
import type { Labels } from '../../../src/labels/index.js'
import type { MechanismFactory } from '../../../src/mechanisms/kit/index.js'
import { decodeText, formatIssue, list } from '../../../src/yaml/index.js'
import { until } from '../../helpers/until.js'
import { type Element, type Stage, yamlOf } from './cases.js'
import {
  FakeClock,
  type LoggedLine,
  recordingLogger,
} from '../../../src/testing/discovery/index.js'

/** What a mechanism is given in these tests. */
export const userAgent = 'muster/test'

/** A mechanism at work in a discovery manager, as in the daemon, on a clock that the test moves. */
export class Run {
  readonly findings: Finding[] = []
  readonly scheduler = new FakeClock()
  readonly #registry = new Registry()
  readonly #lines: LoggedLine[] = []
  readonly #mechanism: Mechanism
  readonly #manager: DiscoveryManager
  readonly #config: Element

  /** Starts it. */
  constructor(make: MechanismFactory, stage: Stage) {
    const mechanism = mechanismOf(make, stage, this.#registry, this.scheduler)
    this.#config = stage.config
    this.#mechanism = {
      ...mechanism,
      create: (...given) => {
        const discoverer = mechanism.create(...given)
        return {
          findings: () => discoverer.findings().pipe(tap((found) => this.findings.push(found))),
        }
      },
    }
    this.#manager = new DiscoveryManager({
      name: 'scrape',
      metrics: discoveryMetrics(this.#registry),
      logger: recordingLogger(this.#lines),
      scheduler: this.scheduler,
      random: () => 0.5,
    })
    this.start()
    // It ends with `end`, and never rejects.
    void this.#manager.execute()
  }

  /** Starts it, or starts it again after {@link stop}. */
  start(): void {
    const config = decode(this.#mechanism, this.#config)
    const sets = new Map([['job', [{ mechanism: this.#mechanism, config }]]])
    this.#manager.prepare(sets).commit()
  }

  /** Takes it out of the config, which unsubscribes from its findings. */
  stop(): void {
    this.#manager.prepare(new Map()).commit()
  }

  end(): void {
    this.#manager.interrupt()
  }

  get status(): ProviderStatus {
    const [status] = this.#manager.providers()
    if (status === undefined) throw new Error('it was stopped')
    return status
  }

  /** All targets, with the labels of their groups, in an order of their own. */
  get targets(): readonly Labels[] {
    const found: Labels[] = []
    const subscription = this.#manager.updates.subscribe(({ changes }) => {
      for (const group of changes.values()) {
        for (const target of group?.targets ?? []) found.push({ ...group?.labels, ...target })
      }
    })
    subscription.unsubscribe()
    return sorted(found)
  }

  /** How many updates go out while it works. */
  async updatesOf(work: () => Promise<void>): Promise<number> {
    let count = 0
    const subscription = this.#manager.updates.subscribe(() => {
      count += 1
    })
    // A new subscriber is told all that there is.
    count = 0
    try {
      await work()
    } finally {
      subscription.unsubscribe()
    }
    return count
  }

  /**
   * Waits until its status is like this.
   * @param stepMs how much time passes for it in each turn of the event loop; milliseconds
   */
  async until(
    what: string,
    holds: (status: ProviderStatus) => boolean,
    stepMs: number,
  ): Promise<void> {
    await until(what, () => {
      if (holds(this.status)) return true
      if (stepMs > 0) this.scheduler.advance(stepMs)
      return false
    })
  }

  /** Lets time pass until it asks again. */
  nextSearch(): void {
    const { requests } = this.status
    for (let i = 0; this.status.requests === requests; i += 1) {
      if (i > 100 || this.scheduler.pending === 0) throw new Error('it does not ask again')
      this.scheduler.advanceToNext()
    }
  }

  /**
   * The value of a metric; undefined where it has none.
   * @param series as /metrics has it, with its labels if it has any
   */
  async metric(series: string): Promise<number | undefined> {
    const lines = (await this.#registry.metrics()).split('\n')
    const line = lines.find((one) => one.startsWith(`${series} `))
    return line === undefined ? undefined : Number(line.slice(series.length))
  }

  /** Everything that anyone can see of it: findings, targets, status, log lines and metrics. */
  async everything(): Promise<string> {
    const seen = [this.findings, this.#lines, this.#manager.providers()]
    const text = inspect(seen, { depth: null, maxArrayLength: null, maxStringLength: null })
    return text + (await this.#registry.metrics())
  }
}

/** The mechanism as its stage needs it. */
export function mechanismOf(
  make: MechanismFactory,
  stage: Stage,
  registry: Registry = new Registry(),
  scheduler: FakeClock = new FakeClock(),
): Mechanism {
  const options = { registry, env: stage.env ?? {}, userAgent }
  return stage.make?.(options, scheduler) ?? make(options)
}

/** One element of the mechanism's list, as it would be read from a file. */
export function decode(mechanism: Mechanism, element: Element): unknown {
  const { section, wholeList } = mechanism
  const yaml = yamlOf(element)
  const { value, issues } =
    wholeList === true
      ? decodeText<unknown>(list(section), '/nowhere/p.yml', `- ${yaml.replaceAll('\n', '\n  ')}`)
      : decodeText(section, '/nowhere/p.yml', yaml)
  if (issues.length > 0) throw new Error(issues.map(formatIssue).join('\n'))
  return value
}

/** Label sets, in an order that depends on nothing but them. */
export function sorted(targets: readonly Labels[]): readonly Labels[] {
  return [...targets].sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1))
}

/** A label set as text: the same for the same labels. */
export function canonical(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
}
