import type { Labels } from '../../labels/index.js'
import {
  compileMatch,
  readableLabels,
  type RelabelStep,
  type RuleMatch,
} from '../../relabel/index.js'
import type { Place } from '../../yaml/index.js'
import { sameLabels } from './label-diff.js'
import type { Judged, Subject } from './subject.js'

/** How often a rule was of use to the cases. */
export interface RuleCoverage {
  /** `job "node"` */
  readonly subject: string
  /** The key of its list: `relabel_configs`. */
  readonly key: string
  /** From 1. */
  readonly number: number
  readonly place: Place | undefined
  /** How many label sets came to it. */
  readonly ran: number
  /** For how many of them its condition was true. */
  readonly matched: number
  /** How many it dropped or changed. */
  readonly decided: number
}

interface Counts {
  readonly match: RuleMatch
  ran: number
  matched: number
  decided: number
}

/** Counts which rules the cases came to. */
export class Coverage {
  readonly #counts: Map<Subject, readonly Counts[]> = new Map()

  /** Takes note of what the rules of a subject did. */
  observe(subject: Subject, judged: Judged): void {
    const steps = judged.explain()
    if (typeof steps === 'string') return
    let before = judged.discovered()
    for (const [i, counts] of this.#of(subject).entries()) {
      const step = steps[i]
      if (step === undefined) return
      counts.ran += 1
      if (counts.match(readableLabels(before))) counts.matched += 1
      if (decides(before, step)) counts.decided += 1
      if (!step.keep) return
      before = step.output
    }
  }

  /** What is known of the rules of these subjects, in their order. */
  rules(subjects: readonly Subject[]): readonly RuleCoverage[] {
    return subjects.flatMap((subject) =>
      this.#of(subject).map(({ ran, matched, decided }, i) => ({
        subject: subject.name,
        key: subject.key,
        number: i + 1,
        place: subject.places[i],
        ran,
        matched,
        decided,
      })),
    )
  }

  #of(subject: Subject): readonly Counts[] {
    let counts = this.#counts.get(subject)
    if (counts === undefined) {
      counts = subject.rules.map((rule) => ({
        match: compileMatch(rule),
        ran: 0,
        matched: 0,
        decided: 0,
      }))
      this.#counts.set(subject, counts)
    }
    return counts
  }
}

function decides(before: Labels, { keep, output }: RelabelStep): boolean {
  return !keep || !sameLabels(before, output)
}

/** The part of the rules that decided at least once, from 0 to 1; 1 where there are none. */
export function coveredPart(rules: readonly RuleCoverage[]): number {
  if (rules.length === 0) return 1
  return rules.filter(({ decided }) => decided > 0).length / rules.length
}
