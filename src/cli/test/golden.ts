import { type Labels } from '../../labels/index.js'
import { goQuote } from '../../go/quote.js'
import { labelDiff, pair, sameLabels } from './label-diff.js'
import type { Judged } from './subject.js'

/** One element of what promtool's `check service-discovery` prints. */
export interface GoldenTarget {
  readonly discoveredLabels: Labels
  /** After relabelling, but for `__meta_` ones; none for a target that is dropped or fails. */
  readonly labels: Labels
  /** Why the target fails: a text, or the `{}` that promtool makes of every error; undefined where it does not. */
  readonly error: unknown
}

/**
 * Reads what promtool prints.
 * @throws {Error} that says what of it is something else
 */
export function readGolden(text: string): readonly GoldenTarget[] {
  const value: unknown = JSON.parse(text)
  if (!Array.isArray(value)) throw new Error('expected a list, as promtool prints one')
  return value.map((element: unknown, i) => {
    const at = `element ${String(i)}`
    if (typeof element !== 'object' || element === null) throw new Error(`${at} is no object`)
    const { discoveredLabels, labels, error } = element as Readonly<Record<string, unknown>>
    if (discoveredLabels === undefined) throw new Error(`${at} has no discoveredLabels`)
    return {
      discoveredLabels: readLabels(discoveredLabels, `${at}: discoveredLabels`),
      labels: readLabels(labels ?? {}, `${at}: labels`),
      error: error ?? undefined,
    }
  })
}

function readLabels(value: unknown, at: string): Labels {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${at}: expected an object of names and values`)
  }
  for (const [name, label] of Object.entries(value)) {
    if (typeof label !== 'string')
      throw new Error(`${at}: the value of ${goQuote(name)} is not a text`)
  }
  return value as Labels
}

/** A target as promtool would print it, but for the error, which has its text. */
export function goldenOf(judged: Judged): GoldenTarget {
  const { outcome } = judged
  return {
    discoveredLabels: judged.discovered(),
    labels: outcome.kind === 'active' ? outcome.labels : {},
    error: outcome.kind === 'failed' ? outcome.fault : undefined,
  }
}

/** The text of a golden file: each target once, as promtool prints them, in the same layout. */
export function goldenText(targets: readonly GoldenTarget[]): string {
  const seen = new Set<string>()
  const shown = targets.flatMap(({ discoveredLabels, labels, error }) => {
    const element = {
      discoveredLabels: sorted(discoveredLabels),
      labels: sorted(labels),
      ...(error === undefined ? {} : { error }),
    }
    const key = JSON.stringify(element)
    if (seen.has(key)) return []
    seen.add(key)
    return [element]
  })
  return `${JSON.stringify(shown, null, 2)}\n`
}

function sorted(labels: Labels): Labels {
  return Object.fromEntries(
    Object.entries(labels)
      .filter(([, value]) => value !== '')
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

/** What makes two discovered targets the same one. */
export function goldenKey(labels: Labels): string {
  return JSON.stringify(sorted(labels))
}

/** How what became of a target differs from the golden one, in lines; none where it does not. */
export function goldenDiff(golden: GoldenTarget, got: GoldenTarget): readonly string[] {
  const ends = [endOf(golden), endOf(got)]
  if (ends[0] !== ends[1]) return [`expected: ${ends[0] ?? ''}`, `got:      ${ends[1] ?? ''}`]
  if (typeof golden.error === 'string' && golden.error !== got.error) {
    return [
      `expected: fails: ${goQuote(golden.error)}`,
      `got:      fails: ${goQuote(String(got.error))}`,
    ]
  }
  if (sameLabels(golden.labels, got.labels)) return []
  return [
    'labels (- expected, + got):',
    ...labelDiff(golden.labels, got.labels).map((line) => `  ${line}`),
  ]
}

function endOf({ labels, error }: GoldenTarget): string {
  if (error !== undefined) return 'fails'
  return Object.keys(labels).length === 0 ? 'dropped' : 'a target'
}

/** A target in one line, for people. */
export function targetText(labels: Labels): string {
  return Object.entries(sorted(labels))
    .map(([name, value]) => pair(name, value))
    .join(' ')
}
