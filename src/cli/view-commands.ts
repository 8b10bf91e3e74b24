import { type Command, Option } from 'commander'
import type { Host } from './host.js'
import type { TargetsFlags } from './view/targets.js'
import { addViewFlags, type ViewFlags, wholeNumber } from './view/view-flags.js'

const defaultLimit = 500

const targetStates = ['active', 'dropped', 'failed', 'held', 'restored']
// Those of the API, and `stale` for what was found before the start.
const providerStates = ['starting', 'running', 'failing', 'failed', 'stopped', 'stale']

/** Adds `muster targets` and `muster providers`, the terminal's views of a running muster. */
export function addViewCommands(
  program: Command,
  host: Host,
  userAgent: string,
  done: (code: number) => void,
): void {
  const targets = program
    .command('targets')
    .description(
      'Show targets of a running muster. A query has words, -word, label=value (!=, =~, !~), a selector, rule:3, ' +
        'provider:consul/0 and dup:; put -- before one that begins with a minus. ' +
        'Ends with 0 where some are found, 1 for none, 3 when the server cannot be asked.',
    )
    .argument('[query...]', 'What to look for; all of it has to hold.')
  addViewFlags(targets, targetStates)
    .addOption(
      new Option('--limit <count>', 'How many are shown.')
        .argParser(wholeNumber)
        .default(defaultLimit),
    )
    .option('--sort <label>', 'By job, address or a label; -label for the other way round.')
    .option('--group <label>', 'Count the values of a label in place of showing targets.')
    .addOption(
      new Option('--in <labels>', 'Labels before relabelling, after it, or both.').choices([
        'all',
        'labels',
        'discovered',
      ]),
    )
    .action(async (words: readonly string[], _: unknown, command: Command) => {
      const view = await import('./view/targets.js')
      done(await view.targets(words, command.opts<TargetsFlags>(), host, userAgent))
    })
  const providers = program
    .command('providers')
    .description(
      'Show how the providers of a running muster are doing, those in trouble first. ' +
        'Ends with 0 where some are found, 1 for none, 3 when the server cannot be asked.',
    )
  addViewFlags(providers, providerStates).action(async (_: unknown, command: Command) => {
    const view = await import('./view/providers.js')
    done(await view.providers(command.opts<ViewFlags>(), host, userAgent, Date.now))
  })
}
