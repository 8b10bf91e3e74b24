import { type Labels, labelValue } from '../../labels/index.js'
import {
  countsAnswer,
  type EventElement,
  eventsAnswer,
  type GuardElement,
  poolsAnswer,
  type ProviderElement,
  providersAnswer,
  type StepElement,
  stepsAnswer,
  type TargetElement,
  targetElement,
} from './answers.js'
import { type MusterApi, AskError, notMuster, parseAnswer, readAnswer } from './api.js'
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

const targetsPath = '/targets'
const maxFound = 5
const maxEvents = 10

/**
 * Asks a server for all it knows about an address.
 * @param job the only job to look at; left out: all
 * @throws {AskError} when it cannot be asked
 */
export async function ask(api: MusterApi, address: string, job?: string): Promise<Knowledge> {
  const pools = await api.data(poolsAnswer, '/scrape_pools')
  if (pools === undefined)
    throw new AskError('the server has no /api/v1/scrape_pools: is it muster?')
  const all = pools.scrapePools
  if (all === undefined) throw notMuster('/scrape_pools', 'it has no scrapePools')
  const jobs = job === undefined ? all : all.filter((name) => name === job)
  const targets: TargetElement[] = []
  const cut: { job: string; shown: number; all: number }[] = []
  for (const name of jobs) {
    // One job at a time: all of them together may be more than fits into one answer.
    const body = await api.body(targetsPath, { scrapePool: name })
    if (body === undefined) continue
    for (const list of ['activeTargets', 'droppedTargets']) {
      for (const element of elementsWith(body, list, address)) {
        const target = readAnswer(targetElement, targetsPath, element)
        if (goesBy(address, target.labels, target.discoveredLabels)) targets.push(target)
      }
    }
    const dropped = droppedCount(body, name)
    const shown = countElements(body, 'droppedTargets')
    if (shown < dropped) cut.push({ job: name, shown, all: dropped })
  }
  const found: FoundTarget[] = []
  for (const target of targets.slice(0, maxFound)) found.push(await explain(api, target))
  const known = await api.data(providersAnswer, '/providers')
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

async function explain(api: MusterApi, target: TargetElement): Promise<FoundTarget> {
  const answer = await api.data(stepsAnswer, '/targets/relabel_steps', {
    scrapePool: target.scrapePool,
    labels: JSON.stringify(target.discoveredLabels),
    places: 'true',
  })
  return { target, steps: answer?.steps, places: answer?.places ?? [] }
}

async function eventsOf(
  api: MusterApi,
  address: string,
  job: string | undefined,
): Promise<readonly EventElement[] | undefined> {
  const answer = await api.data(eventsAnswer, '/targets/events', {
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
  const answer = parseAnswer(targetsPath, `{${rest.slice(0, -1)}`)
  return readAnswer(countsAnswer, targetsPath, answer).droppedTargetCounts.get(job) ?? 0
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
