import { Registry } from 'prom-client'
import { MechanismRegistry } from '../../discovery/index.js'
import { visibleLine } from '../../go/visible.js'
import { builtInMechanisms } from '../../mechanisms/index.js'
import { Pattern } from '../../relabel/regex/pattern.js'
import { errorMessage } from '../../telemetry/error-text.js'
import { unusable } from '../exit-code.js'
import { UsageError } from '../flags.js'
import type { Host } from '../host.js'
import { loadMechanisms } from '../mechanism-modules.js'
import { print, printLines } from '../print.js'
import { terminalOf } from '../terminal/terminal.js'
import { FixtureError } from './fixture.js'
import { replaceFile } from './replace-file.js'
import { githubReport } from './report/github.js'
import { jsonReport } from './report/json.js'
import { junitReport } from './report/junit.js'
import { prettyReport } from './report/pretty.js'
import { tapReport } from './report/tap.js'
import { exitCodeOfRun, type RunResult } from './result.js'
import { runTests, type TestOptions, type TestRun } from './run.js'
import { watchInputs } from './watch.js'

/** The flags of `muster test`. */
export interface TestFlags {
  readonly configFile: string | undefined
  readonly mechanismModules: readonly string[]
  readonly golden: string | undefined
  readonly job: string | undefined
  readonly run: string | undefined
  readonly reporter: 'pretty' | 'tap' | 'junit' | 'json' | 'github'
  readonly junit: string | undefined
  readonly update: boolean
  readonly coverage: boolean
  /** From 0 to 1. */
  readonly minCoverage: number | undefined
  readonly bail: boolean
  readonly watch: boolean
}

/**
 * Runs `muster test`.
 * @returns the exit code: 0 where all is well, 1 where a test failed or rules are not covered, 2 where a file
 * cannot be used
 * @throws {UsageError} when a flag has a value that cannot be used
 */
export async function test(
  named: readonly string[],
  flags: TestFlags,
  host: Host,
): Promise<number> {
  const given = { registry: new Registry(), env: host.env, userAgent: '' }
  const factories = await loadMechanisms(flags.mechanismModules)
  const own = factories.map((create) => create(given))
  const options: TestOptions = {
    mechanisms: new MechanismRegistry([...builtInMechanisms(given), ...own]),
    env: host.env,
    named,
    configFile: flags.configFile,
    golden: flags.golden,
    job: flags.job,
    isWanted: wantedNames(flags.run),
    isBail: flags.bail,
    isUpdate: flags.update,
    hasCoverage: flags.coverage || flags.minCoverage !== undefined,
    leastCoverage: flags.minCoverage,
  }
  const once = (): Promise<{ readonly code: number; readonly run: TestRun | undefined }> =>
    runOnce(options, flags, host)
  if (!flags.watch) return (await once()).code
  return await watchInputs(once, named, host)
}

async function runOnce(
  options: TestOptions,
  flags: TestFlags,
  host: Host,
): Promise<{ readonly code: number; readonly run: TestRun | undefined }> {
  try {
    const run = await runTests(options)
    report(run.result, flags, host)
    if (flags.junit !== undefined) {
      await replaceFile(flags.junit, `${junitReport(run.result).join('\n')}\n`)
    }
    return { code: exitCodeOfRun(run.result), run }
  } catch (error) {
    if (!(error instanceof FixtureError)) throw error
    print(host.stderr, visibleLine(`muster test: ${error.message}`))
    return { code: unusable, run: undefined }
  }
}

function report(result: RunResult, { reporter }: TestFlags, host: Host): void {
  switch (reporter) {
    case 'pretty':
      printLines(terminalOf(host.stdout, host.env), prettyReport(result))
      break
    case 'tap':
      print(host.stdout, tapReport(result).map(visibleLine).join('\n'))
      break
    case 'junit':
      print(host.stdout, junitReport(result).join('\n'))
      break
    case 'json':
      print(host.stdout, jsonReport(result))
      break
    case 'github':
      print(host.stdout, githubReport(result).map(visibleLine).join('\n'))
      break
  }
}

/** @throws {UsageError} for an expression that RE2 refuses */
function wantedNames(regex: string | undefined): (name: string) => boolean {
  if (regex === undefined) return () => true
  try {
    // Anywhere in the name, as `go test -run` and promtool have it.
    const pattern = Pattern.compile(`.*(?:${regex}).*`)
    return pattern.tester()
  } catch (error) {
    throw new UsageError(`--run=${regex}: ${errorMessage(error)}`, { cause: error })
  }
}
