import type { Labels } from '../../../src/labels/index.js'
import type { OracleCase } from './cases.js'
import { canonical } from './run.js'

type Differences = NonNullable<OracleCase['differences']>

/** What the scrape config adds to what a mechanism finds. */
const added = /^(?:job|__metrics_path__|__scheme__|__scrape_.*)$/

/** The labels that a mechanism has found. */
export function withoutScrapeLabels(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !added.test(name)))
}

/**
 * The labels that two lists of targets do not have in common, and which of both has them. An empty value
 * is no label.
 * @throws where the targets are others, or nothing tells which target is which
 */
export function differencesOf(ours: readonly Labels[], theirs: readonly Labels[]): Differences {
  const names = new Set([...ours, ...theirs].flatMap((labels) => Object.keys(labels)))
  const different = [...names].flatMap((name): [string, Differences[string]][] => {
    const [mine, other] = [ours, theirs].map((targets) => valuesOf(name, targets))
    if (JSON.stringify(mine) === JSON.stringify(other)) return []
    if (mine?.length === 0) return [[name, 'theirs']]
    return [[name, other?.length === 0 ? 'ours' : 'value']]
  })
  const masked = new Set(different.map(([name]) => name))
  const [mine, other] = [ours, theirs].map((targets) => withoutSome(targets, masked))
  if (JSON.stringify(mine) !== JSON.stringify(other)) {
    throw new Error(
      `the labels are on other targets: ${JSON.stringify([mine, other], undefined, 1)}`,
    )
  }
  return Object.fromEntries(different)
}

/** All values of one label. */
function valuesOf(name: string, targets: readonly Labels[]): readonly string[] {
  return targets.flatMap((labels) => labels[name] || []).sort()
}

/** The targets without some labels. */
function withoutSome(targets: readonly Labels[], names: ReadonlySet<string>): readonly string[] {
  const kept = targets.map((labels) =>
    Object.entries(labels).filter(([name, value]) => value !== '' && !names.has(name)),
  )
  return kept.map((entries) => canonical(Object.fromEntries(entries))).sort()
}
