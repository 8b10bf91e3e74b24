import path from 'node:path'
import { yamlText, ConfigError } from '../../yaml/index.js'
import { errorMessage } from '../../telemetry/error-text.js'
import { type ConfigSurroundings, type TestedConfig, TestedConfigs } from './configs.js'
import { coveredPart, Coverage } from './coverage.js'
import { findTestFiles } from './find-files.js'
import { FixtureError, readBytes } from './fixture.js'
import { goldenText } from './golden.js'
import { runGolden } from './golden-run.js'
import { Inputs } from './inputs.js'
import { replaceFile } from './replace-file.js'
import type { CaseResult, FileResult, RunResult } from './result.js'
import { type RunContext, runFile } from './run-file.js'
import { besideTest, readTestFile, type TestFile } from './test-file.js'
import { Update } from './update.js'

/** What a run does. */
export interface TestOptions extends ConfigSurroundings {
  /** Files and folders; none for the current folder. */
  readonly named: readonly string[]
  /** In place of those that the files name. */
  readonly configFile: string | undefined
  /** Compares with what promtool printed, and runs test files only where they are named. */
  readonly golden: string | undefined
  /** The job of the golden file. */
  readonly job: string | undefined
  readonly isWanted: (name: string) => boolean
  readonly isBail: boolean
  readonly isUpdate: boolean
  readonly hasCoverage: boolean
  /** From 0 to 1. */
  readonly leastCoverage: number | undefined
}

/** What a run did, and which files it rests on. */
export interface TestRun {
  readonly result: RunResult
  /** Test files, configs, fixtures and goldens, those that could not be read included, see {@link Inputs}. */
  readonly inputs: ReadonlyMap<string, string>
}

/**
 * Runs test files.
 * @throws {FixtureError} where a file that is named is not there
 */
export async function runTests(options: TestOptions): Promise<TestRun> {
  const configs = new TestedConfigs(options)
  const coverage = options.hasCoverage ? new Coverage() : undefined
  const inputs = new Inputs()
  const files: FileResult[] = []
  const updated: string[] = []
  if (options.golden !== undefined) {
    files.push(await runGoldenFile(options.golden, configs, coverage, options, inputs))
  }
  const isGoldenAlone = options.golden !== undefined && options.named.length === 0
  const named = isGoldenAlone ? [] : await findTestFiles(options.named)
  for (const file of named) {
    if (options.isBail && files.some(hasFailed)) break
    await inputs.add([file])
    const run = await runTestFile(file, configs, coverage, options, inputs)
    files.push(run.result)
    updated.push(...run.updated)
  }
  const bailed = options.isBail && files.some(hasFailed)
  return {
    result: { files, bailed, updated, coverage: await coverageOf(coverage, configs, options) },
    inputs: inputs.states,
  }
}

function hasFailed({ cases, broken }: FileResult): boolean {
  return broken.length > 0 || cases.some(({ verdict }) => verdict.kind !== 'passed')
}

async function coverageOf(
  coverage: Coverage | undefined,
  configs: TestedConfigs,
  { leastCoverage: least }: TestOptions,
): Promise<RunResult['coverage']> {
  if (coverage === undefined) return undefined
  const loaded = await configs.loaded()
  const rules = loaded.flatMap((config) => coverage.rules(config.subjects()))
  return { rules, covered: coveredPart(rules), least }
}

async function runGoldenFile(
  file: string,
  configs: TestedConfigs,
  coverage: Coverage | undefined,
  options: TestOptions,
  inputs: Inputs,
): Promise<FileResult> {
  const configFile = options.configFile ?? 'prometheus.yml'
  await inputs.add([file, configFile])
  const config = await configs.load(configFile)
  if (typeof config === 'string') return { file, cases: [], broken: config.split('\n') }
  const { job, isWanted, isBail, isUpdate: isUpdated } = options
  return await runGolden({ file, config, job, isWanted, coverage, isBail, isUpdated })
}

async function runTestFile(
  file: string,
  configs: TestedConfigs,
  coverage: Coverage | undefined,
  options: TestOptions,
  inputs: Inputs,
): Promise<{ readonly result: FileResult; readonly updated: readonly string[] }> {
  const broken = (lines: readonly string[]) => ({
    result: { file, cases: [], broken: lines },
    updated: [],
  })
  try {
    const test = await readFile(file)
    await inputs.add(inputsOf(test))
    const loaded = await configsOf(test, configs, options, inputs)
    const faults = loaded.filter((one) => typeof one === 'string')
    if (faults.length > 0) return broken(faults.flatMap((fault) => fault.split('\n')))
    const context = {
      configs: loaded as readonly TestedConfig[],
      isWanted: options.isWanted,
      coverage,
    }
    const update = options.isUpdate ? new Update(file, test.text) : undefined
    const cases = await run(test, { ...context, update }, options.isBail && !options.isUpdate)
    const result = { file, cases, broken: [] }
    if (update === undefined || !hasFailed(result)) return { result, updated: [] }
    return await updateFile(test, update, result, {
      ...context,
      coverage: undefined,
      update: undefined,
    })
  } catch (error) {
    if (error instanceof ConfigError) return broken(error.message.split('\n'))
    if (error instanceof FixtureError) return broken([error.message])
    throw error
  }
}

async function run(
  file: TestFile,
  context: RunContext,
  isBail: boolean,
): Promise<readonly CaseResult[]> {
  const cases: CaseResult[] = []
  for await (const one of runFile(file, context)) {
    cases.push(one)
    if (isBail && one.verdict.kind === 'failed') break
  }
  return cases
}

async function readFile(file: string): Promise<TestFile> {
  const bytes = await readBytes(file)
  return readTestFile(file, yamlText(file, bytes))
}

function inputsOf({ file, cases }: TestFile): readonly string[] {
  return cases.flatMap(({ section: { groups, expect } }) => [
    ...(typeof groups === 'string' ? [groups] : []),
    ...(expect?.golden === undefined ? [] : [besideTest(file, expect.golden)]),
  ])
}

/** The configs of a test file, or why one of them cannot be used. */
async function configsOf(
  test: TestFile,
  configs: TestedConfigs,
  { configFile }: TestOptions,
  inputs: Inputs,
): Promise<readonly (TestedConfig | string)[]> {
  const files = configFile === undefined ? test.configFiles : [configFile]
  if (files.length === 0) {
    return [`${test.file}:1:1: names no config_file, nor does --config.file`]
  }
  await inputs.add(files)
  const loaded = await Promise.all(files.map((file) => configs.load(file)))
  for (const one of loaded) {
    if (typeof one === 'string') continue
    await inputs.add(one.config.scrape_config_files)
  }
  return loaded
}

/** Writes what there is into the test file and its goldens, and runs the file once more. */
async function updateFile(
  test: TestFile,
  update: Update,
  before: FileResult,
  context: RunContext,
): Promise<{ readonly result: FileResult; readonly updated: readonly string[] }> {
  const updated: string[] = []
  for (const [golden, targets] of update.goldens) {
    await replaceFile(golden, goldenText(targets))
    updated.push(golden)
  }
  const next = editedFile(test, update)
  if (typeof next === 'string') {
    return { result: { ...before, broken: [next] }, updated }
  }
  if (next.text !== test.text) {
    await replaceFile(test.file, next.text)
    updated.push(test.file)
  }
  return { result: { ...before, cases: await run(next, context, false) }, updated }
}

/** The file with what there is; a text where it cannot be written into it. */
function editedFile(test: TestFile, update: Update): TestFile | string {
  const name = path.basename(test.file)
  try {
    return readTestFile(test.file, update.text())
  } catch (error) {
    return `${test.file}: ${name} is written in a way that --update cannot change: ${errorMessage(error)}`
  }
}
