import { type Command, InvalidArgumentError, Option } from 'commander'
import { formatDuration } from '../../go/model-duration.js'
import { positiveDuration } from '../flags.js'
import { defaultUrl, type ServerFlags } from '../server-flags.js'
import { type DocumentFormat, outputOption } from '../terminal/document.js'

/** The flags of every view of a running muster. */
export interface ViewFlags extends ServerFlags {
  /** Milliseconds. */
  readonly timeout: number
  readonly output?: DocumentFormat | 'wide'
  /** Milliseconds between two looks; left out: one look. */
  readonly watch?: number
  readonly job?: readonly string[]
  readonly state?: readonly string[]
}

const defaultTimeoutMs = 30_000
const defaultWatchMs = 2000

/** Adds the flags of {@link ViewFlags} to a command. @param states what `--state` may be */
export function addViewFlags(command: Command, states: readonly string[]): Command {
  return command
    .option('--url <url>', 'Where muster listens, with its route prefix.', defaultUrl)
    .option('--http.config.file <path>', 'How to connect: TLS, credentials, as in promtool.')
    .addOption(
      new Option('--timeout <duration>', 'How long the server may take for all of its answers.')
        .argParser(positiveDuration)
        .default(defaultTimeoutMs, formatDuration(defaultTimeoutMs)),
    )
    .addOption(
      new Option('--job <name>', 'Only of this job; repeat it for more.').argParser(collect),
    )
    .addOption(
      new Option('--state <state>', `Only these; repeat it for more: ${states.join(', ')}.`)
        .choices(states)
        .argParser((word: string, before: readonly string[] | undefined) => {
          if (states.includes(word)) return collect(word, before)
          throw new InvalidArgumentError(`Allowed choices are ${states.join(', ')}.`)
        }),
    )
    .addOption(outputOption(true))
    .addOption(
      new Option(
        '--watch [duration]',
        'Show it again and again until Ctrl-C; where it is no terminal, when something has changed.',
      )
        .argParser(positiveDuration)
        .preset(formatDuration(defaultWatchMs)),
    )
}

function collect(word: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), word]
}

/** Reads a number of the command line. @throws {InvalidArgumentError} */
export function wholeNumber(text: string): number {
  if (/^[1-9][0-9]{0,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('it must be a whole number from 1 to 9999999.')
}
