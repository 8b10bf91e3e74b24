import type { TargetGroup } from '../../discovery/index.js'
import type { Labels } from '../../labels/index.js'
import { checkLabels, explainLines, outcomeText } from './check-one.js'
import type { Expectation } from './expectation.js'
import { goldenDiff, goldenKey, goldenOf, type GoldenTarget, targetText } from './golden.js'
import type { Judged, Subject } from './subject.js'

/** How many targets a failure shows in full. */
const maxShown = 5

/** What became of all targets of a fixture. */
export interface JudgedFixture {
  readonly targets: readonly Judged[]
  /** Different active targets, as Prometheus counts them. */
  readonly active: number
  readonly dropped: number
  readonly failed: number
}

/**
 * Puts every target of a fixture to the rules.
 * @param labels given to every target that has no such label, nor its group
 */
export function judgeGroups(
  subject: Subject,
  groups: readonly TargetGroup[],
  labels: Labels,
): JudgedFixture {
  const targets = groups.flatMap((group) => {
    const shared = { ...labels, ...group.labels }
    return group.targets.map((target) => subject.judge(target, shared))
  })
  const active = new Set<string>()
  let dropped = 0
  let failed = 0
  for (const { outcome } of targets) {
    if (outcome.kind === 'active') active.add(JSON.stringify(outcome.labels))
    else if (outcome.kind === 'dropped') dropped += 1
    else failed += 1
  }
  return { targets, active: active.size, dropped, failed }
}

/** What differs, and what the rules did to the targets that are shown. */
export interface GroupsDifference {
  readonly lines: readonly string[]
  readonly rules: readonly string[]
}

/**
 * Compares what became of a fixture with what is expected.
 * @param golden what the golden file has; undefined where none is named
 */
export function checkGroups(
  expect: Expectation,
  subject: Subject,
  fixture: JudgedFixture,
  golden: readonly GoldenTarget[] | undefined,
): GroupsDifference {
  const lines: string[] = []
  const counts = [
    ['active', expect.active, fixture.active],
    ['dropped', expect.dropped, fixture.dropped],
    ['failing', expect.fails, fixture.failed],
  ] as const
  for (const [what, wanted, got] of counts) {
    if (typeof wanted !== 'number' || wanted === got) continue
    lines.push(`${what} targets: expected ${String(wanted)}, got ${String(got)}`)
  }
  // A target that fails shows in no list of Prometheus: without a word about it, there is to be none.
  const found: { readonly judged: Judged; readonly lines: readonly string[] }[] = []
  for (const judged of fixture.targets) {
    if (judged.outcome.kind === 'failed' && expect.fails === undefined && golden === undefined) {
      found.push({ judged, lines: [outcomeText(judged)] })
    } else if (judged.outcome.kind === 'active' && expect.each !== undefined) {
      const differing = checkLabels(expect.each, judged.outcome.labels)
      if (differing.length > 0) found.push({ judged, lines: differing })
    }
  }
  const compared = golden === undefined ? undefined : compareGolden(golden, fixture.targets)
  found.push(...(compared?.differing ?? []))
  const shown = found.slice(0, maxShown)
  for (const one of shown) {
    lines.push(`target ${targetText(one.judged.discovered())}`)
    lines.push(...one.lines.map((line) => `  ${line}`))
  }
  if (found.length > shown.length) {
    lines.push(`and ${String(found.length - shown.length)} more targets that differ`)
  }
  lines.push(...(compared?.lines ?? []))
  // Where only counts differ, those that are dropped or fail are what explains it.
  const explained =
    shown.length > 0 || lines.length === 0
      ? shown.map(({ judged }) => judged)
      : fixture.targets.filter(({ outcome }) => outcome.kind !== 'active').slice(0, maxShown)
  return { lines, rules: explained.flatMap((judged) => rulesOf(subject, judged)) }
}

function rulesOf(subject: Subject, judged: Judged): readonly string[] {
  return [
    `target ${targetText(judged.discovered())}:`,
    ...explainLines(subject, judged).map((line) => `  ${line}`),
  ]
}

interface GoldenComparison {
  readonly differing: readonly { readonly judged: Judged; readonly lines: readonly string[] }[]
  /** Targets that are on one side alone. */
  readonly lines: readonly string[]
}

function compareGolden(
  golden: readonly GoldenTarget[],
  targets: readonly Judged[],
): GoldenComparison {
  const left = new Map(golden.map((one) => [goldenKey(one.discoveredLabels), one]))
  const seen = new Set<string>()
  const differing: { readonly judged: Judged; readonly lines: readonly string[] }[] = []
  const surplus: string[] = []
  for (const judged of targets) {
    const got = goldenOf(judged)
    const key = goldenKey(got.discoveredLabels)
    // promtool prints targets that are the same once.
    if (seen.has(key)) continue
    seen.add(key)
    const wanted = left.get(key)
    if (wanted === undefined) surplus.push(`+ target ${targetText(got.discoveredLabels)}`)
    else {
      const lines = goldenDiff(wanted, got)
      if (lines.length > 0) differing.push({ judged, lines })
    }
  }
  const missing = [...left]
    .filter(([key]) => !seen.has(key))
    .map(([, one]) => `- target ${targetText(one.discoveredLabels)}`)
  return {
    differing,
    lines: [...cut(missing, 'only in the golden'), ...cut(surplus, 'not in the golden')],
  }
}

function cut(lines: readonly string[], where: string): readonly string[] {
  if (lines.length === 0) return []
  const more = lines.length - maxShown
  return [
    `${String(lines.length)} ${where}:`,
    ...lines.slice(0, maxShown).map((line) => `  ${line}`),
    ...(more > 0 ? [`  and ${String(more)} more`] : []),
  ]
}
