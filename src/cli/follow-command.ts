import { type Command } from 'commander'
import type { FollowFlags } from './follow/run.js'
import type { Host } from './host.js'

/** Adds `muster follow URL`, which keeps a file of targets beside a Prometheus up to date. */
export function addFollowCommand(
  program: Command,
  host: Host,
  userAgent: string,
  done: (code: number) => void,
): void {
  program
    .command('follow')
    .description(
      'Follow the targets of one job of a running muster, and write them to a file for file_sd_configs as soon as they ' +
        'change. The file keeps the last targets while the server cannot be asked. Goes on until Ctrl-C.',
    )
    .argument('<url>', 'Where muster listens, with its route prefix.')
    .requiredOption('--job <name>', 'The job whose targets are followed.')
    .requiredOption('--out <file>', 'The file that is written; its folder gets a folder .muster.')
    .option(
      '--no-settings',
      "Leave out the interval and the timeout of each target, which replace those of the reader's job.",
    )
    .option('--http.config.file <path>', 'How to connect: TLS, credentials, as in promtool.')
    .action(async (url: string, _: unknown, command: Command) => {
      const { follow } = await import('./follow/run.js')
      done(await follow({ ...command.opts<Omit<FollowFlags, 'url'>>(), url }, host, userAgent))
    })
}
