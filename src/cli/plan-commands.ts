import { type Command, InvalidArgumentError, Option } from 'commander'
import { formatDuration } from '../go/model-duration.js'
import { positiveDuration } from './flags.js'
import type { Host } from './host.js'
import type { PlanFlags } from './plan/run.js'
import type { RecordFlags } from './record/run.js'

const defaultTimeoutMs = 30_000

const list = (text: string, before: readonly string[] = []): readonly string[] => [...before, text]

function count(text: string): number {
  if (!/^[0-9]{1,6}$/.test(text)) {
    throw new InvalidArgumentError('it must be a whole number below a million.')
  }
  return Number(text)
}

/** Adds `muster record` and `muster plan`. */
export function addPlanCommands(
  program: Command,
  host: Host,
  userAgent: string,
  done: (code: number) => void,
): void {
  program
    .command('record')
    .description(
      'Write what every provider of --config.file finds, or of a running muster, into a snapshot for muster plan. ' +
        'Ends as soon as all have answered: with 0, with 1 when one did not (the others are written), ' +
        'with 2 when the config cannot be used, with 3 when the running muster cannot be asked.',
    )
    .requiredOption('--out <file>', 'The snapshot to write; it is replaced whole.')
    .option('--job <name>', 'Ask the providers of this job only; repeat it for more.', list)
    .option('--url <url>', 'Take the groups from the muster that listens there.')
    .option('--http.config.file <path>', 'How to connect: TLS, credentials, as in promtool.')
    .option(
      '--redact <label[=regex]>',
      'Replace the values of a label, or those that match, by hashes; repeat it for more.',
      list,
    )
    .option('--salt <text>', 'Makes the hashes the same in every run. Default: a random one.')
    .addOption(
      new Option('--timeout <duration>', 'How long the providers may take.')
        .argParser(positiveDuration)
        .default(defaultTimeoutMs, formatDuration(defaultTimeoutMs)),
    )
    .action(async (_: unknown, command: Command) => {
      const { record } = await import('./record/run.js')
      done(await record(command.optsWithGlobals<RecordFlags>(), host, userAgent))
    })
  program
    .command('plan')
    .description(
      'Say what a change of a config does to its targets: OLD and NEW over a snapshot, or NEW against a running muster. ' +
        'Ends with 0, with 1 beyond a limit, with 2 when a config or the snapshot cannot be used, ' +
        'with 3 when the running muster cannot be asked.',
    )
    .argument('<files...>', 'The old config and the new one; with --url the new one alone.')
    .option('--snapshot <file>', 'What the providers found, from muster record.')
    .option('--url <url>', 'Compare with what the muster there runs and has found.')
    .option('--http.config.file <path>', 'How to connect: TLS, credentials, as in promtool.')
    .option('--job <name>', 'Look at this job only, and at no Alertmanagers; repeat it.', list)
    .addOption(
      new Option('--format <format>', 'How the plan is written.')
        .choices(['text', 'json', 'markdown', 'github'])
        .default('text'),
    )
    .option(
      '--max-removed <limit>',
      'End with 1 when more targets go: a number over all jobs, or a share of each job (5%).',
    )
    .option('--max-added <limit>', 'The same for targets that come.')
    .option('--allow-job <name>', 'A job without limits; repeat it for more.', list)
    .addOption(
      new Option(
        '--missing <what>',
        'What to do about providers that the snapshot does not have: end with 2, ask them now, or go on without.',
      )
        .choices(['error', 'ask', 'ignore'])
        .default('error'),
    )
    .option(
      '--top <count>',
      'How many targets of each kind to list for a job. Default: 20; 10000 for json.',
      count,
    )
    .option('--detailed-exitcode', 'End with 4 when there are changes, within the limits.', false)
    .addOption(
      new Option('--timeout <duration>', 'How long a running muster, or providers, may take.')
        .argParser(positiveDuration)
        .default(defaultTimeoutMs, formatDuration(defaultTimeoutMs)),
    )
    .action(async (files: readonly string[], _: unknown, command: Command) => {
      const { plan } = await import('./plan/run.js')
      done(await plan(files, command.optsWithGlobals<PlanFlags>(), host, userAgent))
    })
}
