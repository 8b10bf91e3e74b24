import type { ScrapeConfig } from '../../config/index.js'
import { errorMessage } from '../../telemetry/error-text.js'
import { formatPlace, type Place } from '../../yaml/index.js'
import { checkGroups, judgeGroups } from './check-groups.js'
import { checkOne, explainLines } from './check-one.js'
import type { TestedConfig } from './configs.js'
import type { Coverage } from './coverage.js'
import type { Expectation } from './expectation.js'
import { FixtureError, readBytes, readFixture } from './fixture.js'
import { goldenOf, readGolden } from './golden.js'
import type { CaseResult, Verdict } from './result.js'
import type { Judged, Subject } from './subject.js'
import { columnsOf, readRow } from './table.js'
import { besideTest, type CaseSection, type PlacedCase, type TestFile } from './test-file.js'
import type { Update } from './update.js'

/** What the cases of a file are run with. */
export interface RunContext {
  readonly configs: readonly TestedConfig[]
  /** Whether a case of this name is to be run. */
  readonly isWanted: (name: string) => boolean
  /** Takes note of the rules that ran; undefined where that is not asked for. */
  readonly coverage: Coverage | undefined
  /** Takes what there is in place of expectations that are not met; undefined where they are to fail. */
  readonly update: Update | undefined
}

/** Runs the cases of a file one by one. */
export async function* runFile(
  file: TestFile,
  context: RunContext,
): AsyncGenerator<CaseResult, void, undefined> {
  for (const one of file.cases) {
    const { section } = one
    if (section.columns.length === 0 && !context.isWanted(section.name)) continue
    const found = subjectsOf(file, one, context.configs)
    if (typeof found === 'string') {
      yield broken(section.name, one.place, [found])
      continue
    }
    for (const { subject, job, config } of found) {
      const suffix = found.length > 1 ? ` [${config.file}]` : ''
      if (section.columns.length > 0) {
        yield* runTable(file, one, subject, suffix, context)
      } else if (section.groups === undefined) {
        yield runOne(file, one, subject, suffix, context)
      } else if (job !== undefined) {
        yield await runGroups(file, one, { subject, job, config }, suffix, context)
      }
    }
  }
}

/** What a case is run against. */
interface Found {
  readonly subject: Subject
  /** Undefined for Alertmanagers. */
  readonly job: ScrapeConfig | undefined
  readonly config: TestedConfig
}

/** The rules that a case is about: those of every config that has the job. @returns why there are none */
function subjectsOf(
  file: TestFile,
  { section, place, jobPlace }: PlacedCase,
  configs: readonly TestedConfig[],
): readonly Found[] | string {
  const names = configs.map((config) => config.file).join(', ')
  const { alertmanagers: index } = section
  if (index !== undefined) {
    const found = configs.flatMap((config): readonly Found[] => {
      const subject = config.alertmanagers(index)
      return subject === undefined ? [] : [{ subject, job: undefined, config }]
    })
    if (found.length > 0) return found
    return `${formatPlace(place)}: there are no alertmanagers ${String(index)} in ${names}; the first ones are 0`
  }
  const name = section.job || file.job
  const at = formatPlace(section.job === '' && file.job !== '' ? file.jobPlace : jobPlace)
  if (name === '') return `${at}: the test names no job, nor does the file`
  const found = configs.flatMap((config): readonly Found[] => {
    const job = config.job(name)
    if (job === undefined) return []
    const subject = section.stage === 'metric' ? config.samples(job) : config.targets(job)
    return [{ subject, job, config }]
  })
  if (found.length > 0) return found
  const hint = configs.map((config) => config.hintFor(name)).find((one) => one !== undefined)
  const meant = hint === undefined ? '' : ` (${hint})`
  return `${at}: there is no job ${JSON.stringify(name)} in ${names}${meant}`
}

function runOne(
  file: TestFile,
  { section, place, index }: PlacedCase,
  subject: Subject,
  suffix: string,
  context: RunContext,
): CaseResult {
  const judged = subject.judge(labelsOf(file, section))
  context.coverage?.observe(subject, judged)
  const { expect } = section
  const verdict = verdictOf(expect, judged, subject, file.file)
  if (verdict.kind === 'failed') context.update?.one(index, expect, judged)
  return { name: `${section.name}${suffix}`, place, verdict }
}

function verdictOf(
  expect: Expectation | undefined,
  judged: Judged,
  subject: Subject,
  file: string,
): Verdict {
  const lines = expect === undefined ? [nothingExpected] : checkOne(expect, judged, file)
  if (lines.length === 0) return { kind: 'passed' }
  return { kind: 'failed', lines, rules: explainLines(subject, judged) }
}

const nothingExpected = 'the case expects nothing; --update writes down what there is'

function* runTable(
  file: TestFile,
  { section, rowPlaces, place, index }: PlacedCase,
  subject: Subject,
  suffix: string,
  context: RunContext,
): Generator<CaseResult, void, undefined> {
  const columns = columnsOf(section)
  for (const [i, cells] of section.rows.entries()) {
    const shown = cells.map((cell) => (cell === '' ? '""' : (cell ?? '~'))).join(', ')
    const name = `${section.name}: ${shown}${suffix}`
    if (!context.isWanted(name)) continue
    const row = readRow(columns, cells, section.expect)
    // The file was refused where that is a text.
    if (typeof row === 'string') continue
    const judged = subject.judge({ ...labelsOf(file, section), ...row.labels })
    context.coverage?.observe(subject, judged)
    const verdict = verdictOf(row.expect, judged, subject, file.file)
    if (verdict.kind === 'failed') context.update?.row(index, i, columns, judged)
    yield { name, place: rowPlaces[i] ?? place, verdict }
  }
}

/** The labels of a case, with those that the file gives to every target. */
function labelsOf(file: TestFile, section: CaseSection): CaseSection['labels'] {
  const isTarget = section.stage === 'target' && section.alertmanagers === undefined
  return isTarget ? { ...file.defaults, ...section.labels } : section.labels
}

async function runGroups(
  file: TestFile,
  { section, place, index }: PlacedCase,
  { subject, job, config }: Found & { readonly job: ScrapeConfig },
  suffix: string,
  context: RunContext,
): Promise<CaseResult> {
  const name = `${section.name}${suffix}`
  const { groups = [], expect } = section
  try {
    const read =
      typeof groups === 'string'
        ? await readFixture(groups, job, config.file)
        : groups.map((group, i) => ({ ...group, source: String(i) }))
    const fixture = judgeGroups(subject, read, labelsOf(file, section))
    for (const judged of fixture.targets) context.coverage?.observe(subject, judged)
    if (expect === undefined) {
      context.update?.groups(index, expect, fixture)
      return { name, place, verdict: { kind: 'failed', lines: [nothingExpected], rules: [] } }
    }
    const golden = expect.golden === undefined ? undefined : besideTest(file.file, expect.golden)
    const wanted =
      golden === undefined ? undefined : await goldenTargets(golden, context.update !== undefined)
    const { lines, rules } = checkGroups(expect, subject, fixture, wanted)
    if (lines.length === 0) return { name, place, verdict: { kind: 'passed' } }
    context.update?.groups(index, expect, fixture)
    if (golden !== undefined) context.update?.golden(golden, fixture.targets.map(goldenOf))
    return { name, place, verdict: { kind: 'failed', lines, rules } }
  } catch (error) {
    if (!(error instanceof FixtureError)) throw error
    return broken(name, place, [`${formatPlace(place)}: ${error.message}`])
  }
}

/** @param isWritten whether a file that is not there yet is about to be */
async function goldenTargets(
  file: string,
  isWritten: boolean,
): Promise<ReturnType<typeof readGolden>> {
  try {
    const bytes = await readBytes(file)
    return readGolden(bytes.toString('utf8'))
  } catch (error) {
    const { cause } = error as { readonly cause?: unknown }
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    if (isMissing && isWritten) return []
    if (error instanceof FixtureError) throw error
    throw new FixtureError(`${file}: ${errorMessage(error)}`, { cause: error })
  }
}

function broken(name: string, place: Place, lines: readonly string[]): CaseResult {
  return { name, place, verdict: { kind: 'broken', lines } }
}
