import type { Labels } from '../../labels/index.js'
import { goQuote } from '../../go/quote.js'
import type { EventElement, ProviderElement } from './answers.js'
import type { FoundTarget, Knowledge } from './ask.js'
import { ruleLines } from './rules.js'

/** What is known about an address, for people: the answer first, then what it rests on. */
export function report(knowledge: Knowledge): readonly string[] {
  const { found, more } = knowledge
  return [
    verdict(knowledge),
    ...found.flatMap((one) => ['', ...targetLines(one)]),
    ...(more > 0 ? ['', `and ${String(more)} more; --job looks at one job only`] : []),
    ...cutLines(knowledge),
    ...eventLines(knowledge),
    ...providerLines(knowledge),
  ]
}

function verdict({ address, found, isActive, events = [] }: Knowledge): string {
  const name = goQuote(address).slice(1, -1)
  if (isActive) return `${name} is a target.`
  if (found.length > 0) return `${name} is discovered, and dropped by a rule.`
  const why = reasons.get(events.at(-1)?.kind ?? '') ?? 'nothing is known of it'
  return `${name} is not a target: ${why}.`
}

/** What the last event says about an address that no list has. */
const reasons: ReadonlyMap<string, string> = new Map([
  ['dropped', 'a rule dropped it when it was last discovered'],
  ['failed', 'it is discovered, and no target can be made of it'],
  ['removed', 'it is not discovered any more'],
])

function targetLines(found: FoundTarget): readonly string[] {
  const { scrapePool, scrapeUrl, labels, lastError, discoveredLabels } = found.target
  const head = scrapeUrl === undefined ? 'dropped' : `active as ${goQuote(scrapeUrl).slice(1, -1)}`
  return [
    `job ${goQuote(scrapePool)}: ${head}`,
    ...(lastError === '' ? [] : [`  but it fails: ${goQuote(lastError)}`]),
    ...(labels === undefined ? [] : [`  labels: ${labelText(labels)}`]),
    `  discovered: ${labelText(discoveredLabels)}`,
    ...ruleLines(found).map((line) => `  ${line}`),
  ]
}

function cutLines({ cut, found }: Knowledge): readonly string[] {
  if (found.length > 0) return []
  return cut.map(({ job, shown, all }) => {
    const numbers = `${String(shown)} of ${String(all)} dropped targets`
    return `job ${goQuote(job)} shows ${numbers} (keep_dropped_targets): it may be among the others`
  })
}

function eventLines({ events }: Knowledge): readonly string[] {
  if (events === undefined) return ['', 'The server keeps no events (--discovery.events).']
  if (events.length === 0) return ['', 'No event of it is kept.']
  return ['', 'events:', ...events.map((event) => `  ${event.at} ${eventText(event)}`)]
}

function eventText({ kind, set, provider, cause, rule, fault, before }: EventElement): string {
  const place = rule?.place === undefined ? '' : ` (${rule.place})`
  const parts = [
    `job ${goQuote(set)}: ${kind}`,
    ...(rule === undefined ? [] : [`by rule ${String(rule.number)}${place}`]),
    ...(fault === undefined ? [] : [`since ${goQuote(fault)}`]),
    causes.get(cause)?.replace('%', provider) ?? cause,
    ...(before === undefined || kind === 'changed' ? [] : ['(it was active)']),
  ]
  return parts.join(' ')
}

const causes: ReadonlyMap<string, string> = new Map([
  ['answer', 'after an answer of %'],
  ['reload', 'after a reload (%)'],
  ['restored', 'from what was kept of % before the start'],
  ['expired', 'since % gave no live answer'],
  ['held', 'by the guard: % does not name it any more'],
  ['released', 'when the guard let go (%)'],
  ['revived', 'by the guard, since % lost many more'],
  ['chained', 'since a chain found or lost the server behind %'],
])

/** Providers whose trouble may be the reason, and those of the jobs that were found. */
function providerLines({ found, isActive, providers, guarded }: Knowledge): readonly string[] {
  const jobs = new Set(found.map(({ target }) => target.scrapePool))
  const relevant = providers.filter(
    ({ state, staleSince, sets }) =>
      (!isActive && (state !== 'running' || staleSince !== undefined)) ||
      sets.some((set) => jobs.has(set)),
  )
  const held = guarded.filter(({ set }) => !isActive || jobs.has(set))
  if (relevant.length + held.length === 0) return []
  return [
    '',
    'providers:',
    ...relevant.map((provider) => `  ${providerText(provider)}`),
    ...held.map(({ set, isFrozen, heldTargets }) => {
      const what = isFrozen ? 'is frozen' : 'is guarded'
      return `  job ${goQuote(set)} ${what}: ${String(heldTargets)} targets are kept only so`
    }),
  ]
}

function providerText(provider: ProviderElement): string {
  const { name, sets, state, targets, lastSuccess, lastError, nextTry, staleSince } = provider
  const parts = [
    `${name} (${sets.map(goQuote).join(', ')}): ${state}`,
    `${String(targets)} targets`,
    lastSuccess === undefined ? 'no answer yet' : `last answer ${lastSuccess}`,
    ...(staleSince === undefined ? [] : [`targets as of ${staleSince}`]),
    ...(state === 'running' || lastError === undefined ? [] : [goQuote(lastError.message)]),
    ...(nextTry === undefined ? [] : [`next try ${nextTry}`]),
  ]
  return parts.join(', ')
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))
  return pairs.map(([name, value]) => `${goQuote(name).slice(1, -1)}=${goQuote(value)}`).join(' ')
}
