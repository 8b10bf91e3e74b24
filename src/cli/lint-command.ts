import { type Command, Option } from 'commander'
import { unusable } from './exit-code.js'
import { UsageError } from './flags.js'
import type { Host } from './host.js'
import type { LintCode } from './lint/code.js'
import { lintCodes } from './lint/codes/index.js'
import { commentCode } from './lint/comments.js'
import type { LintResult } from './lint/lint.js'
import { print } from './print.js'
import { withProgress } from './terminal/progress.js'
import { terminalOf } from './terminal/terminal.js'

interface LintFlags {
  readonly snapshot: readonly string[]
  readonly format: 'text' | 'json' | 'sarif' | 'github'
  readonly enable: readonly string[]
  readonly disable: readonly string[]
  readonly fatal: boolean
  readonly 'discovery.mechanism': readonly string[]
}

const clean = 0
const linted = 3

/** Adds `muster lint FILE...`. */
export function addLintCommand(
  program: Command,
  host: Host,
  version: string,
  done: (code: number) => void,
): void {
  program
    .command('lint')
    .description(
      'Look for mistakes in relabelling that no config check finds. ' +
        'Ends with 0, with 2 when a file cannot be used, with 3 for warnings where --fatal is set.',
    )
    .argument('<files...>', 'The config files; those that share the targets of a job all at once.')
    .addOption(
      new Option('--snapshot <file>', 'Targets from muster record; repeat it, the oldest first.')
        .argParser((file, before: readonly string[]) => [...before, file])
        .default([], 'none'),
    )
    .addOption(
      new Option('--format <format>', 'How to say it.')
        .choices(['text', 'json', 'sarif', 'github'])
        .default('text'),
    )
    .addOption(codesOption('--enable <codes>', 'Look for these codes only (M101,M104).'))
    .addOption(codesOption('--disable <codes>', 'Look for all codes but these.'))
    .option('--fatal', 'End with 3 for warnings; notes are never fatal.', false)
    .addHelpText('after', helpOnCodes)
    .action(async (files: readonly string[], _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<LintFlags>()
      const { mechanismsOf } = await import('./mechanism-modules.js')
      const mechanisms = await mechanismsOf(flags, host, '')
      const { lint } = await import('./lint/lint.js')
      const codes = wantedCodes(flags)
      const { snapshot: snapshots } = flags
      const result = await withProgress(terminalOf(host.stderr, host.env), 'linting', () =>
        lint(files, { mechanisms, env: host.env, codes, snapshots }),
      )
      await report(result, flags, host, version)
      done(exitCode(result, flags.fatal))
    })
}

async function report(
  result: LintResult,
  { format }: LintFlags,
  { stdout, stderr }: Host,
  version: string,
): Promise<void> {
  if (format !== 'github') for (const { reason } of result.unusable) print(stderr, reason)
  for (const gap of result.gaps) print(stderr, gap)
  switch (format) {
    case 'text': {
      const { textReport } = await import('./lint/formats/text.js')
      for (const line of textReport(result)) print(stdout, line)
      return
    }
    case 'json': {
      const { jsonReport } = await import('./lint/formats/json.js')
      print(stdout, jsonReport(result))
      return
    }
    case 'sarif': {
      const { sarifReport } = await import('./lint/formats/sarif.js')
      print(stdout, sarifReport(result, version))
      return
    }
    case 'github': {
      const { githubReport } = await import('./lint/formats/github.js')
      const text = githubReport(result)
      if (text !== '') print(stdout, text)
    }
  }
}

function exitCode({ findings, unusable: files }: LintResult, isFatal: boolean): number {
  if (files.length > 0) return unusable
  return isFatal && findings.some(({ level }) => level === 'warning') ? linted : clean
}

function codesOption(flags: string, help: string): Option {
  return new Option(flags, help)
    .argParser((text, before: readonly string[]) => [
      ...before,
      ...text.split(',').map((code) => code.trim().toUpperCase()),
    ])
    .default([], 'all')
}

/** @throws {UsageError} for a code that there is not */
function wantedCodes({ enable, disable }: LintFlags): ReadonlySet<string> {
  const all = [commentCode, ...lintCodes.map(({ code }) => code)]
  const stranger = [...enable, ...disable].find((code) => !all.includes(code))
  if (stranger !== undefined) {
    throw new UsageError(`there is no lint code ${stranger}: it is one of ${all.join(', ')}`)
  }
  const wanted = enable.length > 0 ? enable : all
  return new Set(wanted.filter((code) => !disable.includes(code)))
}

function linesOf(needs: LintCode['needs']): string {
  const codes = lintCodes.filter((one) => one.needs === needs)
  return codes.map(({ code, title }) => `  ${code}  ${title}`).join('\n')
}

function helpOnCodes(): string {
  return `
Codes (docs/lint.md has each with an example):
${linesOf('config')}
With a snapshot:
${linesOf('snapshot')}

A comment silences the rule, key or job below it, or its own line:
  # muster-lint: disable=M104,M105`
}
