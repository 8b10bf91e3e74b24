import type { Plain } from '../terminal/document.js'
import type { FoundTarget, Knowledge } from './ask.js'

/** What is known about an address, for programs; the keys are those of the API. */
export function documentOf(knowledge: Knowledge): Plain {
  const { address, isActive, found, more, cut, events, providers, guarded } = knowledge
  return {
    address,
    isActive,
    targets: found.map(targetOf),
    more,
    cut: cut.map(({ job, shown, all }) => ({ job, shown, all })),
    events: events?.map(({ rule, ...event }) => ({ ...event, rule: rule && { ...rule } })) ?? null,
    providers: providers.map(({ lastError, ...provider }) => ({
      ...provider,
      lastError: lastError && { ...lastError },
    })),
    guarded: guarded.map((set) => ({ ...set })),
  }
}

function targetOf({ target, steps, places }: FoundTarget): Plain {
  const { discoveredLabels, labels, scrapePool, scrapeUrl, lastError } = target
  return {
    scrapePool,
    state: scrapeUrl === undefined ? 'dropped' : 'active',
    scrapeUrl,
    lastError,
    labels,
    discoveredLabels,
    // The rules of a config are JSON on their way here.
    steps: steps?.map(({ rule, output, keep }, i) => ({
      place: places[i],
      rule: rule as Plain,
      output,
      keep,
    })),
  }
}
