import { type Command, Option } from 'commander'
import { formatDuration } from '../go/model-duration.js'
import { positiveDuration } from './flags.js'
import { outputOption } from './terminal/document.js'
import { defaultUrl } from './server-flags.js'
import type { Host } from './host.js'
import type { WhyFlags } from './why/run.js'

const defaultTimeoutMs = 30_000

/** Adds `muster why ADDRESS`, which asks a running muster why a target is there or is not. */
export function addWhyCommand(
  program: Command,
  host: Host,
  userAgent: string,
  done: (code: number) => void,
): void {
  program
    .command('why')
    .description(
      'Ask a running muster why a target is there or is not, rule by rule. ' +
        'Ends with 0 for an active target, 1 for none, 3 when it cannot be asked.',
    )
    .argument('<address>', 'Its address, with or without port, or the value of any label.')
    .option('--url <url>', 'Where muster listens, with its route prefix.', defaultUrl)
    .option('--job <name>', 'Look at one job only.')
    .option('--http.config.file <path>', 'How to connect: TLS, credentials, as in promtool.')
    .addOption(
      new Option('--timeout <duration>', 'How long the server may take for all of its answers.')
        .argParser(positiveDuration)
        .default(defaultTimeoutMs, formatDuration(defaultTimeoutMs)),
    )
    .addOption(outputOption(false))
    .action(async (address: string, _: unknown, command: Command) => {
      const { why } = await import('./why/run.js')
      done(await why(address, command.opts<WhyFlags>(), host, userAgent))
    })
}
