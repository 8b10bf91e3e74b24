import type { Labels } from '../labels/index.js'
import type { NameScheme } from './label-name.js'
import { checkSteps, LabelSizeError } from './label-size.js'
import { Relabeler } from './relabeler.js'
import type { RelabelRule } from './rule.js'

/** What a thread is asked: rules, and the labels they are to be applied to. All of it is plain data. */
export interface ThreadJob {
  readonly kind: 'apply' | 'explain'
  readonly rules: readonly RelabelRule[]
  readonly scheme: NameScheme
  /** In their order; how many of them are the base is said as for `Relabeler.apply`. */
  readonly labels: readonly (readonly [name: string, value: string])[]
  readonly base: number
}

/** What one rule made of the labels. */
export interface ThreadStep {
  readonly output: Labels
  readonly keep: boolean
}

/** What a thread answers. */
export type ThreadAnswer =
  | { readonly kind: 'applied'; readonly labels: Labels | undefined }
  | { readonly kind: 'explained'; readonly steps: readonly ThreadStep[] }
  /** The labels are at fault, or what the rules make of them. */
  | { readonly kind: 'fault'; readonly message: string }

/** Rules of this many jobs are kept compiled. */
const maxCompiled = 16

/**
 * Makes the function that a thread runs for each job, for as long as it takes.
 * @param compile makes rules ready; what it gives is kept for a while
 */
export function threadWork(
  compile: (rules: readonly RelabelRule[], scheme: NameScheme) => Relabeler = (rules, scheme) =>
    new Relabeler(rules, scheme),
): (job: ThreadJob) => ThreadAnswer {
  const compiled = new Map<string, Relabeler>()
  const relabelerOf = ({ rules, scheme }: ThreadJob): Relabeler => {
    const key = JSON.stringify([scheme, rules], (_, value: unknown) =>
      typeof value === 'bigint' ? `${String(value)}n` : value,
    )
    const known = compiled.get(key)
    if (known !== undefined) return known
    if (compiled.size >= maxCompiled) compiled.clear()
    const relabeler = compile(rules, scheme)
    compiled.set(key, relabeler)
    return relabeler
  }
  return (job) => {
    const labels = Object.fromEntries(job.labels)
    try {
      const relabeler = relabelerOf(job)
      if (job.kind === 'apply') {
        return { kind: 'applied', labels: relabeler.apply(labels, job.base) }
      }
      const steps = relabeler.explain(labels).map(({ output, keep }) => ({ output, keep }))
      // Longer ones are not shown, and not worth to be copied.
      checkSteps(steps)
      return { kind: 'explained', steps }
    } catch (error) {
      if (error instanceof LabelSizeError) return { kind: 'fault', message: error.message }
      throw error
    }
  }
}
