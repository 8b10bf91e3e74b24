import { setImmediate as nextTurn } from 'node:timers/promises'
import { Command, CommanderError } from 'commander'
import { readBuildInfo } from '../daemon/build-info.js'
import { addCheckCommands } from './check-commands.js'
import { type KnownWords, readCommandLine } from './command-line.js'
import { addCompletionCommand } from './completion-command.js'
import { graceful, unusable } from './exit-code.js'
import { asksForJson, complain } from './faults.js'
import { addFlags, flagsOf, UsageError } from './flags.js'
import { addFollowCommand } from './follow-command.js'
import type { Host } from './host.js'
import { addLintCommand } from './lint-command.js'
import { print } from './print.js'
import { addTestCommand } from './test-command.js'
import { addViewCommands } from './view-commands.js'
import { addOwnerCommand } from './owner-command.js'
import { addPlanCommands } from './plan-commands.js'
import { addWhyCommand } from './why-command.js'

/**
 * Reads a command line and does what it says.
 * @param args without the program's own name
 * @returns the exit code: 0 after a graceful stop, 1 after a failure, 2 for flags or a config that
 *   cannot be used
 */
export async function runProgram(args: readonly string[], host: Host): Promise<number> {
  let code = graceful
  let unused: readonly string[] = []
  const isJson = asksForJson(args)
  const build = readBuildInfo()
  const program = new Command('muster')
    .description('Runs the service discovery of a prometheus.yml.')
    .version(
      `muster, version ${build.version} (${build.goVersion})`,
      '--version',
      'Show the version.',
    )
    .helpOption('-h, --help', 'Show this text.')
    .helpCommand('help [command]', 'Show what a command takes.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => print(host.stdout, text.replace(/\n$/, '')),
      writeErr: (text) => print(host.stderr, text.replace(/\n$/, '')),
      outputError: (text) => complain(host.stderr, isJson, text.replace(/^error: /, '').trimEnd()),
    })
  if (!isJson) program.showHelpAfterError('(muster --help lists every flag)')
  addFlags(program).action(async () => {
    // Loaded here, so that `muster check` and `--help` need not wait for it.
    const { serve } = await import('./serve.js')
    // A signal that came meanwhile is heard before the daemon listens for it itself: the first turn of the event loop
    // may be the end of one that has asked for signals already.
    await nextTurn()
    await nextTurn()
    code = await serve(flagsOf(program), build, host, unused)
  })
  const userAgent = `muster/${build.version}`
  addCheckCommands(program, host, userAgent, (result) => {
    code = result
  })
  addTestCommand(program, host, (result) => {
    code = result
  })
  addLintCommand(program, host, build.version, (result) => {
    code = result
  })
  addWhyCommand(program, host, userAgent, (result) => {
    code = result
  })
  addOwnerCommand(program, host, userAgent, (result) => {
    code = result
  })
  addPlanCommands(program, host, userAgent, (result) => {
    code = result
  })
  program
    .command('version')
    .description('Show the version.')
    .action(() => print(host.stdout, program.version() ?? ''))
  addViewCommands(program, host, userAgent, (result) => {
    code = result
  })
  addFollowCommand(program, host, userAgent, (result) => {
    code = result
  })
  addCompletionCommand(program, host)
  try {
    const line = readCommandLine(args, wordsOf(program))
    unused = line.unused
    await program.parseAsync([...line.args], { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? graceful : unusable
    if (!(error instanceof UsageError)) throw error
    complain(host.stderr, isJson, error.message)
    return unusable
  }
  return code
}

/** The commands and flags of the program. */
function wordsOf(program: Command): KnownWords {
  const flags = program.options.map(({ long, required }) => {
    return [long?.slice(2) ?? '', { takesValue: required }] as const
  })
  return {
    commands: [...program.commands.map((command) => command.name()), 'help'],
    flags: new Map(flags),
  }
}
