import { type Command, InvalidArgumentError, Option } from 'commander'
import { daemonDefaults } from '../daemon/options.js'
import { formatBytes, parseBytes } from '../go/bytes.js'
import { formatDuration, parseDuration } from '../go/model-duration.js'

/** A flag has a value that cannot be used; the message says which and why. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'ERR_USAGE'
}

/** What the daemon was started with; the names are Prometheus' own where it has the flag. */
export interface Flags {
  readonly 'config.file': string
  readonly 'config.auto-reload': boolean
  /** Milliseconds. */
  readonly 'config.auto-reload-interval': number
  readonly 'web.listen-address': readonly string[]
  readonly 'web.config.file': string
  /** Milliseconds. */
  readonly 'web.read-timeout': number
  readonly 'web.max-connections': number
  readonly 'web.external-url': string
  readonly 'web.route-prefix': string
  readonly 'web.enable-lifecycle': boolean
  readonly 'web.cors.origin': string
  /** Milliseconds; 0 for never. */
  readonly 'web.http-sd.incomplete-after': number
  readonly 'alertmanager.notification-queue-capacity': number
  readonly 'alertmanager.notification-batch-size': number
  readonly 'alertmanager.drain-notification-queue-on-shutdown': boolean
  readonly 'notifier.relay': boolean
  readonly 'notifier.state-dir': string
  /** Bytes. */
  readonly 'notifier.state-max-size': number
  readonly 'discovery.state-dir': string
  /** Milliseconds. */
  readonly 'discovery.state-max-age': number
  readonly 'discovery.guard': string
  readonly 'discovery.chains.file': string
  readonly 'discovery.mechanism': readonly string[]
  /** 0 for none. */
  readonly 'discovery.events': number
  readonly 'allocator.config.file': string
  readonly 'allocator.insecure-secrets': boolean
  readonly 'allocator.strict': boolean
  readonly 'output.file-sd': string
  readonly 'output.file-sd.settings': boolean
  readonly 'allocator.consul': string
  readonly 'allocator.cluster': string
  readonly 'log.level': 'debug' | 'info' | 'warn' | 'error'
  readonly 'log.format': 'logfmt' | 'json'
}

type FlagName = keyof Flags

interface Spec {
  readonly flag: string
  readonly help: string
  readonly initial: Flags[FlagName]
  readonly parse?: (text: string) => unknown
  readonly choices?: readonly string[]
  readonly repeat?: true
}

/** Reads a duration of the command line, as Prometheus writes one. @throws {InvalidArgumentError} */
export function milliseconds(text: string): number {
  try {
    return parseDuration(text)
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
}

/** A duration that is longer than nothing. @returns milliseconds */
export function positiveDuration(text: string): number {
  const ms = milliseconds(text)
  if (ms === 0) throw new InvalidArgumentError('it must be longer than 0.')
  return ms
}

const count = (text: string): number => {
  if (!/^[1-9][0-9]*$/.test(text))
    throw new InvalidArgumentError('it must be a whole number above 0.')
  return Number(text)
}

/** A size such as `64MB`. */
const size = (text: string): number => {
  const bytes = sizeOf(text)
  if (!(bytes >= 1))
    throw new InvalidArgumentError('it must be a size of 1B or more, such as 64MB.')
  return Math.floor(bytes)
}

function sizeOf(text: string): number {
  try {
    return parseBytes(text)
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
}

const countOrNone = (text: string): number => {
  if (!/^[0-9]{1,6}$/.test(text))
    throw new InvalidArgumentError('it must be a whole number below a million.')
  return Number(text)
}

const { web, discovery, notifier, outputs, allocator } = daemonDefaults

const specs: readonly Spec[] = [
  {
    flag: 'config.file <path>',
    help: 'The prometheus.yml to run.',
    initial: 'prometheus.yml',
  },
  {
    flag: 'config.auto-reload',
    help: 'Reload when the content of the config file, or of a file it includes, has changed.',
    initial: false,
  },
  {
    flag: 'config.auto-reload-interval <duration>',
    help: 'How often to look for such a change; at least 1s.',
    initial: 30_000,
    parse: (text) => Math.max(1000, milliseconds(text)),
  },
  {
    flag: 'web.listen-address <address>',
    help: 'Where to listen; repeat it for more. Port 0 takes a free one.',
    initial: web.listenAddresses,
    repeat: true,
  },
  {
    flag: 'web.config.file <path>',
    help: 'TLS, basic auth and headers of the web server, as in Prometheus.',
    initial: web.configFile,
  },
  {
    flag: 'web.read-timeout <duration>',
    help: 'How long a request may take to arrive, and a connection may idle.',
    initial: web.readTimeoutMs,
    parse: milliseconds,
  },
  {
    flag: 'web.max-connections <count>',
    help: 'Connections served at once, over all addresses.',
    initial: web.maxConnections,
    parse: count,
  },
  {
    flag: 'web.external-url <url>',
    help: 'The URL under which others reach this server, for links.',
    initial: web.externalUrl,
  },
  {
    flag: 'web.route-prefix <path>',
    help: 'The prefix of every route. Default: the path of --web.external-url.',
    initial: web.routePrefix,
  },
  {
    flag: 'web.enable-lifecycle',
    help: 'Let POST /-/reload and POST /-/quit do what they say.',
    initial: web.enableLifecycle,
  },
  {
    flag: 'web.cors.origin <regex>',
    help: 'Origins that may read the API from a browser; anchored.',
    initial: web.corsOrigin,
  },
  {
    flag: 'web.http-sd.incomplete-after <duration>',
    help:
      'Let /http_sd/<job> answer without the targets of providers that have never answered, this long after it was ' +
      'first asked for; 0s for never: it answers 503, and consumers keep the targets that they have.',
    initial: 0,
    parse: milliseconds,
  },
  {
    flag: 'alertmanager.notification-queue-capacity <count>',
    help: 'Alerts kept for each Alertmanager that cannot take them now.',
    initial: notifier.queueCapacity,
    parse: count,
  },
  {
    flag: 'alertmanager.notification-batch-size <count>',
    help: 'Alerts in one request to an Alertmanager.',
    initial: notifier.batchSize,
    parse: count,
  },
  {
    flag: 'alertmanager.drain-notification-queue-on-shutdown',
    help: 'Send what is queued before ending. --no-alertmanager.drain-… drops it.',
    initial: notifier.drainOnShutdown,
  },
  {
    flag: 'notifier.relay',
    help: 'Take alerts at POST /api/v2/alerts and send them to every discovered Alertmanager.',
    initial: notifier.relay,
  },
  {
    flag: 'notifier.state-dir <folder>',
    help:
      'Keep the alerts that --notifier.relay takes here until they are over, and send them again after a restart: the ' +
      'answer 200 means that they are on disk. One process may use the folder at a time.',
    initial: '',
  },
  {
    flag: 'notifier.state-max-size <size>',
    help: 'The most that the kept alerts may take; over that a post is answered with 503.',
    initial: notifier.stateMaxBytes,
    parse: size,
  },
  {
    flag: 'discovery.state-dir <folder>',
    help: 'Keep the last good target groups here, and start with them until the first answers come.',
    initial: '',
  },
  {
    flag: 'discovery.state-max-age <duration>',
    help: 'How old kept groups may be and still be used.',
    initial: discovery.stateMaxAgeMs,
    parse: milliseconds,
  },
  {
    flag: 'discovery.guard <rule>',
    help:
      'Hold back a loss of a large share of the targets of a set, at once or within a minute, until it is confirmed: ' +
      'default, or share=50%,minimum=10,answers=3,after=5m.',
    initial: '',
  },
  {
    flag: 'discovery.chains.file <path>',
    help: 'A file of chains: the targets of one source become the discovery of a job. Reloaded with the config file.',
    initial: '',
  },
  {
    flag: 'discovery.mechanism <module>',
    help: 'A module that gives a discovery mechanism of your own; repeat it for more.',
    initial: [],
    repeat: true,
  },
  {
    flag: 'discovery.events <count>',
    help: 'Target events to keep for /api/v1/targets/events and muster why; 0 for none.',
    initial: discovery.events,
    parse: countOrNone,
  },
  {
    flag: 'allocator.config.file <path>',
    help: 'Share the targets out among members, such as collectors: which ones, and how. Reloaded with the config.',
    initial: '',
  },
  {
    flag: 'allocator.consul <address>',
    help:
      'Let several musters elect, in this Consul, the one that decides for all of them who gets what; its token is ' +
      'CONSUL_HTTP_TOKEN.',
    initial: allocator.consul,
  },
  {
    flag: 'allocator.cluster <name>',
    help: 'The name of the musters that decide together.',
    initial: allocator.cluster,
  },
  {
    flag: 'allocator.insecure-secrets',
    help:
      'Show passwords and tokens at /scrape_configs to every client. Without it only those see them that have a ' +
      'certificate which client_ca_file of --web.config.file verifies.',
    initial: false,
  },
  {
    flag: 'allocator.strict',
    help: 'Answer a request for the targets of an unknown member with 404; without it with an empty list.',
    initial: false,
  },
  {
    flag: 'output.file-sd <folder>',
    help:
      'Write the targets of each job to <folder>/<job>.json, for file_sd_configs, whenever they change. What is in the ' +
      'folder and not written by muster stays as it is.',
    initial: '',
  },
  {
    flag: 'output.file-sd.settings',
    help:
      "Write the interval and the timeout of each target too, which replace those of the reader's job. " +
      '--no-output.file-sd.settings leaves them out.',
    initial: outputs.fileSdSettings,
  },
  {
    flag: 'log.level <level>',
    help: 'Lines below this level are left out.',
    initial: 'info',
    choices: ['debug', 'info', 'warn', 'error'],
  },
  {
    flag: 'log.format <format>',
    help: 'How log lines are written.',
    initial: 'logfmt',
    choices: ['logfmt', 'json'],
  },
]

const nameOf = (spec: Spec): FlagName => spec.flag.split(' ')[0] as FlagName

/** Adds every flag of the daemon to a command. */
export function addFlags(command: Command): Command {
  for (const spec of specs) {
    command.addOption(optionOf(spec))
    if (typeof spec.initial === 'boolean')
      command.addOption(new Option(`--no-${spec.flag}`).hideHelp())
  }
  return command
}

function optionOf(spec: Spec): Option {
  const option = new Option(`--${spec.flag}`, spec.help)
  if (spec.choices !== undefined) option.choices(spec.choices)
  if (spec.parse !== undefined) option.argParser(spec.parse)
  if (spec.repeat === true) {
    const given: string[] = []
    option.argParser((text) => {
      given.push(text)
      return given
    })
  }
  return option.default(spec.initial, printFlag(spec, spec.initial))
}

/** The flags as commander read them. */
export function flagsOf(command: Command): Flags {
  const read = specs.map((spec) => {
    const option = command.options.find((o) => o.long === `--${spec.flag.split(' ')[0] ?? ''}`)
    return [nameOf(spec), command.getOptionValue(option?.attributeName() ?? '')] as const
  })
  return Object.fromEntries(read) as unknown as Flags
}

/** Every flag as a text, for `/api/v1/status/flags`. */
export function printFlags(flags: Flags): Readonly<Record<string, string>> {
  return Object.fromEntries(
    specs.map((spec) => [nameOf(spec), printFlag(spec, flags[nameOf(spec)])]),
  )
}

/** The value that every flag has by itself, as {@link printFlags} has it. */
export const defaultFlags: Readonly<Record<string, string>> = Object.fromEntries(
  specs.map((spec) => [nameOf(spec), printFlag(spec, spec.initial)]),
)

function printFlag(spec: Spec, value: unknown): string {
  if (spec.flag.endsWith('<size>')) return formatBytes(Number(value))
  if (spec.flag.endsWith('<duration>')) return formatDuration(Number(value))
  return Array.isArray(value) ? value.join(', ') : String(value)
}
