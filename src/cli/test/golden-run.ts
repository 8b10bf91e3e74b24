import { errorMessage } from '../../telemetry/error-text.js'
import { explainLines } from './check-one.js'
import type { TestedConfig } from './configs.js'
import type { Coverage } from './coverage.js'
import { FixtureError, readBytes } from './fixture.js'
import {
  goldenDiff,
  goldenOf,
  type GoldenTarget,
  goldenText,
  readGolden,
  targetText,
} from './golden.js'
import { replaceFile } from './replace-file.js'
import type { CaseResult, FileResult } from './result.js'
import type { Subject } from './subject.js'

/** What `--golden` compares. */
export interface GoldenRun {
  /** What promtool's `check service-discovery` printed. */
  readonly file: string
  readonly config: TestedConfig
  /** The job that it was printed for; left out: the one that its targets name. */
  readonly job: string | undefined
  readonly isWanted: (name: string) => boolean
  readonly coverage: Coverage | undefined
  /** Whether the file is rewritten where something differs. */
  readonly isUpdated: boolean
  /** Whether the first failure ends it. */
  readonly isBail: boolean
}

/** Puts the discovered labels of a golden file to the rules of a config, and compares what becomes of them. */
export async function runGolden(run: GoldenRun): Promise<FileResult> {
  const { file } = run
  try {
    const golden = await goldenTargets(file)
    const cases: CaseResult[] = []
    const now: GoldenTarget[] = []
    for (const wanted of golden) {
      const name = targetText(wanted.discoveredLabels)
      const subject = subjectOf(run, wanted)
      const judged = subject.judge(wanted.discoveredLabels)
      const got = goldenOf(judged)
      // The labels before the rules are as they were found; rules see what the config adds to them.
      now.push({ ...got, discoveredLabels: wanted.discoveredLabels })
      if (!run.isWanted(name)) continue
      run.coverage?.observe(subject, judged)
      const lines = goldenDiff(wanted, got)
      const place = { file, line: 1, column: 1, path: '' }
      const verdict =
        lines.length === 0
          ? ({ kind: 'passed' } as const)
          : ({ kind: 'failed', lines, rules: explainLines(subject, judged) } as const)
      cases.push({ name, place, verdict })
      if (run.isBail && verdict.kind === 'failed') break
    }
    const differs = cases.some(({ verdict }) => verdict.kind === 'failed')
    if (!run.isUpdated || !differs) return { file, cases, broken: [] }
    await replaceFile(file, goldenText(now))
    const passed = cases.map((one): CaseResult => ({ ...one, verdict: { kind: 'passed' } }))
    return { file, cases: passed, broken: [] }
  } catch (error) {
    if (!(error instanceof FixtureError)) throw error
    return { file, cases: [], broken: [error.message] }
  }
}

async function goldenTargets(file: string): Promise<readonly GoldenTarget[]> {
  const bytes = await readBytes(file)
  try {
    return readGolden(bytes.toString('utf8'))
  } catch (error) {
    throw new FixtureError(`${file}: ${errorMessage(error)}`, { cause: error })
  }
}

function subjectOf({ file, config, job }: GoldenRun, { discoveredLabels }: GoldenTarget): Subject {
  const { job: label = '' } = discoveredLabels
  const jobs = config.config.jobs
  const only = jobs.length === 1 ? jobs[0] : undefined
  const found = config.job(job ?? label) ?? (job === undefined ? only : undefined)
  if (found !== undefined) return config.targets(found)
  const name = JSON.stringify(job ?? label)
  const hint = config.hintFor(job ?? label)
  const meant = hint === undefined ? '' : ` (${hint})`
  const whose = job === undefined ? `${file} is of` : '--job names'
  const which = job === undefined ? '; --job says which job it is of' : ''
  throw new FixtureError(`${whose} job ${name}, which ${config.file} does not have${meant}${which}`)
}
