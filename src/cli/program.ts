import { Command, CommanderError } from 'commander'
import { readBuildInfo } from './build-info.js'
import { addCheckCommands } from './check-commands.js'
import { addFlags, flagsOf } from './flags.js'
import type { Host } from './host.js'
import { serve } from './serve.js'

// As Prometheus ends when it cannot read its flags.
const usageError = 2

/**
 * Reads a command line and does what it says.
 * @param args without the program's own name
 * @returns the exit code: 0 after a graceful stop, 1 after a failure, 2 for flags or a config that
 *   cannot be used
 */
export async function runProgram(args: readonly string[], host: Host): Promise<number> {
  let code = 0
  const build = readBuildInfo()
  const program = new Command('muster')
    .description('Runs the service discovery of a prometheus.yml.')
    .version(`muster, version ${build.version} (${build.goVersion})`, '--version')
    .helpOption('-h, --help')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => host.stdout.write(text),
      writeErr: (text) => host.stderr.write(text),
      outputError: (text, write) =>
        write(`Error parsing command line arguments: ${text.replace(/^error: /, '')}`),
    })
    .showHelpAfterError('(muster --help lists every flag)')
  addFlags(program).action(async () => {
    code = await serve(flagsOf(program), build, host)
  })
  addCheckCommands(program, host, (result) => {
    code = result
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? 0 : usageError
  }
  return code
}
