import type { Place } from '../../yaml/index.js'
import type { RuleCoverage } from './coverage.js'

/** What a case came to. */
export type Verdict =
  | { readonly kind: 'passed' }
  /** `lines` say what differs, `rules` what every rule did. */
  | {
      readonly kind: 'failed'
      readonly lines: readonly string[]
      readonly rules: readonly string[]
    }
  /** It could not be run: a file or a job that is not there. */
  | { readonly kind: 'broken'; readonly lines: readonly string[] }

/** One case, or one row of a table. */
export interface CaseResult {
  readonly name: string
  readonly place: Place
  readonly verdict: Verdict
}

/** A file of tests that was run. */
export interface FileResult {
  readonly file: string
  readonly cases: readonly CaseResult[]
  /** Why none of it could be run, in lines; none where it was. */
  readonly broken: readonly string[]
}

/** All that a run found out. */
export interface RunResult {
  readonly files: readonly FileResult[]
  /** Whether it ended at the first failure. */
  readonly bailed: boolean
  /** Files that `--update` wrote. */
  readonly updated: readonly string[]
  /** Undefined where it was not asked for. */
  readonly coverage: CoverageResult | undefined
}

export interface CoverageResult {
  readonly rules: readonly RuleCoverage[]
  /** From 0 to 1. */
  readonly covered: number
  /** From 0 to 1; undefined where there is no such limit. */
  readonly least: number | undefined
}

export interface Totals {
  readonly passed: number
  readonly failed: number
  /** Cases and files that could not be run. */
  readonly broken: number
}

export function totalsOf({ files }: RunResult): Totals {
  const kinds = files.flatMap(({ cases }) => cases.map(({ verdict }) => verdict.kind))
  const count = (wanted: Verdict['kind']): number => kinds.filter((kind) => kind === wanted).length
  const brokenFiles = files.filter(({ broken }) => broken.length > 0).length
  return { passed: count('passed'), failed: count('failed'), broken: count('broken') + brokenFiles }
}

/** Whether fewer rules than the limit allows were covered. */
export function isBelowLeast({ coverage }: RunResult): boolean {
  return coverage?.least !== undefined && coverage.covered < coverage.least
}

/** 0 where all is well, 1 where a test failed or rules are not covered, 2 where a file cannot be used. */
export function exitCodeOfRun(result: RunResult): 0 | 1 | 2 {
  const { failed, broken } = totalsOf(result)
  if (broken > 0) return 2
  return failed > 0 || isBelowLeast(result) ? 1 : 0
}
