import { type Command, Option } from 'commander'
import { formatDuration } from '../go/model-duration.js'
import { positiveDuration } from './flags.js'
import type { Host } from './host.js'
import { defaultUrl } from './server-flags.js'
import { outputOption } from './terminal/document.js'
import type { ViewFlags } from './view/view-flags.js'

const defaultTimeoutMs = 30_000

/** Adds `muster owner JOB ADDRESS`, which asks a running muster which member has a target. */
export function addOwnerCommand(
  program: Command,
  host: Host,
  userAgent: string,
  done: (code: number) => void,
): void {
  program
    .command('owner')
    .description(
      'Ask a running muster which member has a target. ' +
        'Ends with 0 where the target is there, 1 where it is not, 3 when the server cannot be asked.',
    )
    .argument('<job>', 'The job of the target.')
    .argument('<address>', 'Its __address__, before or after the rules of the job.')
    .option('--url <url>', 'Where muster listens, with its route prefix.', defaultUrl)
    .option('--http.config.file <path>', 'How to connect: TLS, credentials, as in promtool.')
    .addOption(
      new Option('--timeout <duration>', 'How long the server may take to answer.')
        .argParser(positiveDuration)
        .default(defaultTimeoutMs, formatDuration(defaultTimeoutMs)),
    )
    .addOption(outputOption(false))
    .action(async (job: string, address: string, _: unknown, command: Command) => {
      const { owner } = await import('./view/owner.js')
      done(await owner(job, address, command.opts<ViewFlags>(), host, userAgent))
    })
}
