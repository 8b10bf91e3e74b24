import { Command, CommanderError } from 'commander'
import { readBuildInfo } from '../daemon/build-info.js'
import { addCheckCommands } from './check-commands.js'
import { addCompletionCommand } from './completion-command.js'
import { graceful, unusable } from './exit-code.js'
import { addFlags, flagsOf, UsageError } from './flags.js'
import type { Host } from './host.js'
import { print } from './print.js'
import { addViewCommands } from './view-commands.js'
import { addWhyCommand } from './why-command.js'

/**
 * Reads a command line and does what it says.
 * @param args without the program's own name
 * @returns the exit code: 0 after a graceful stop, 1 after a failure, 2 for flags or a config that
 *   cannot be used
 */
export async function runProgram(args: readonly string[], host: Host): Promise<number> {
  let code = graceful
  const build = readBuildInfo()
  const program = new Command('muster')
    .description('Runs the service discovery of a prometheus.yml.')
    .version(`muster, version ${build.version} (${build.goVersion})`, '--version')
    .helpOption('-h, --help')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => print(host.stdout, text.replace(/\n$/, '')),
      writeErr: (text) => print(host.stderr, text.replace(/\n$/, '')),
      outputError: (text, write) =>
        write(`Error parsing command line arguments: ${text.replace(/^error: /, '')}`),
    })
    .showHelpAfterError('(muster --help lists every flag)')
  addFlags(program).action(async () => {
    // Loaded here, so that `muster check` and `--help` need not wait for it.
    const { serve } = await import('./serve.js')
    code = await serve(flagsOf(program), build, host)
  })
  const userAgent = `muster/${build.version}`
  addCheckCommands(program, host, userAgent, (result) => {
    code = result
  })
  addWhyCommand(program, host, userAgent, (result) => {
    code = result
  })
  addViewCommands(program, host, userAgent, (result) => {
    code = result
  })
  addCompletionCommand(program, host)
  try {
    await program.parseAsync([...args], { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? graceful : unusable
    if (!(error instanceof UsageError)) throw error
    print(host.stderr, `Error parsing command line arguments: ${error.message}`)
    return unusable
  }
  return code
}
