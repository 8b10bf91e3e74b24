import type { Command } from 'commander'
import type { Host } from './host.js'
import type { WhyFlags } from './why/run.js'

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
    .option('--url <url>', 'Where muster listens, with its route prefix.', 'http://127.0.0.1:9099')
    .option('--job <name>', 'Look at one job only.')
    .option('--http.config.file <path>', 'How to connect: TLS, credentials, as in promtool.')
    .action(async (address: string, _: unknown, command: Command) => {
      const { why } = await import('./why/run.js')
      done(await why(address, command.opts<WhyFlags>(), host, userAgent))
    })
}
