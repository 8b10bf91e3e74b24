import { type Labels, labelValue } from '../../labels/index.js'
import type {
  EventElement,
  GuardElement,
  ProviderElement,
  StepElement,
  TargetElement,
} from './answers.js'
import { type MusterApi, AskError, parseAnswer } from './api.js'
import { countElements, elementsWith } from './elements.js'

/** A target that goes by the address, and what the rules of its job do to it. */
export interface FoundTarget {
  readonly target: TargetElement
  /** Undefined where the server does not say. */
  readonly steps: readonly StepElement[] | undefined
  /** Where the rules stand: `prometheus.yml:12:7`; empty where the server does not say. */
  readonly places: readonly string[]
}

/** All that a server says about an address. */
export interface Knowledge {
  readonly address: string
  readonly found: readonly FoundTarget[]
  /** How many further targets go by the address; they are not looked into. */
  readonly more: number
  readonly isActive: boolean
  /** Jobs that show only some of the targets that their rules drop. */
  readonly cut: readonly { readonly job: string; readonly shown: number; readonly all: number }[]
  /** The oldest first; undefined where the server keeps none. */
  readonly events: readonly EventElement[] | undefined
  readonly providers: readonly ProviderElement[]
  readonly guarded: readonly GuardElement[]
}

const maxFound = 5
const maxEvents = 10

/**
 * Asks a server for all it knows about an address.
 * @param job the only job to look at; left out: all
 * @throws {AskError} when it cannot be asked
 */
export async function ask(api: MusterApi, address: string, job?: string): Promise<Knowledge> {
  const pools = await api.data<{ readonly scrapePools: readonly string[] }>('/scrape_pools')
  if (pools === undefined)
    throw new AskError('the server has no /api/v1/scrape_pools: is it muster?')
  const all = pools.scrapePools
  const jobs = job === undefined ? all : all.filter((name) => name === job)
  const targets: TargetElement[] = []
  const cut: { job: string; shown: number; all: number }[] = []
  for (const name of jobs) {
    // One job at a time: all of them together may be more than fits into one answer.
    const body = await api.body('/targets', { scrapePool: name })
    if (body === undefined) continue
    for (const list of ['activeTargets', 'droppedTargets']) {
      for (const element of elementsWith(body, list, address)) {
        const target = element as TargetElement
        if (goesBy(address, target.labels, target.discoveredLabels)) targets.push(target)
      }
    }
    const dropped = droppedCount(body, name)
    const shown = countElements(body, 'droppedTargets')
    if (shown < dropped) cut.push({ job: name, shown, all: dropped })
  }
  const found: FoundTarget[] = []
  for (const target of targets.slice(0, maxFound)) found.push(await explain(api, target))
  const known = await api.data<ProvidersAnswer>('/providers')
  return {
    address,
    found,
    more: targets.length - found.length,
    isActive: targets.some(({ scrapeUrl }) => scrapeUrl !== undefined),
    cut,
    events: await eventsOf(api, address, job),
    providers: (known?.providers ?? []).filter(({ manager }) => manager === 'scrape'),
    guarded: (known?.guarded ?? []).filter(({ manager }) => manager === 'scrape'),
  }
}

interface ProvidersAnswer {
  readonly providers: readonly ProviderElement[]
  readonly guarded?: readonly GuardElement[]
}

async function explain(api: MusterApi, target: TargetElement): Promise<FoundTarget> {
  const answer = await api.data<StepsAnswer>('/targets/relabel_steps', {
    scrapePool: target.scrapePool,
    labels: JSON.stringify(target.discoveredLabels),
    places: 'true',
  })
  return { target, steps: answer?.steps, places: answer?.places ?? [] }
}

interface StepsAnswer {
  readonly steps: readonly StepElement[]
  readonly places?: readonly string[]
}

async function eventsOf(
  api: MusterApi,
  address: string,
  job: string | undefined,
): Promise<readonly EventElement[] | undefined> {
  const answer = await api.data<{ readonly events: readonly EventElement[] }>('/targets/events', {
    manager: 'scrape',
    text: address,
    limit: '1000',
    ...(job === undefined ? {} : { set: job }),
  })
  return answer?.events
    .filter((event) => {
      const { discoveredLabels, labels, before } = event
      return event.address === address || goesBy(address, discoveredLabels, labels, before)
    })
    .slice(-maxEvents)
}

/** How many targets the rules of a job drop, those that are not shown included. */
function droppedCount(body: Buffer, job: string): number {
  const at = body.lastIndexOf('"droppedTargetCounts":')
  if (at < 0) return 0
  const rest = body.toString('utf8', at).trimEnd()
  const { droppedTargetCounts: counts } = parseAnswer(`{${rest.slice(0, -1)}`) as {
    readonly droppedTargetCounts: Readonly<Record<string, number>> | null
  }
  return counts !== null && Object.hasOwn(counts, job) ? (counts[job] ?? 0) : 0
}

/**
 * Whether a target goes by an address: one of its labels is the address, or it stands there or at
 * `instance` with a port.
 */
export function goesBy(address: string, ...sets: readonly (Labels | undefined)[]): boolean {
  return sets.some((labels = {}) => {
    if (Object.values(labels).includes(address)) return true
    return ['__address__', 'instance'].some((name) => {
      const value = labelValue(labels, name)
      return value.startsWith(address) && /^:[0-9]+$/.test(value.slice(address.length))
    })
  })
}
