import { type Config, ConfigReadError } from '../../config/index.js'
import { goQuote } from '../../go/quote.js'
import { redactUrl } from '../../go/url.js'
import type { HttpClient } from '../../http/index.js'
import {
  beyondLimits,
  type ConfigProvider,
  isEmpty,
  type Limit,
  missingProviders,
  parseLimit,
  type Plan,
  planFromSnapshot,
  planJson,
  type ProviderGroups,
} from '../../plan/index.js'
import {
  askProviders,
  readSnapshotFile,
  type SnapshotEvent,
  SnapshotError,
} from '../../snapshot/index.js'
import { Turns } from '../../waiting/turns.js'
import { ConfigError } from '../../yaml/index.js'
import { UsageError } from '../flags.js'
import type { Host } from '../host.js'
import { print, printJson, printLines } from '../print.js'
import { serverClient } from '../server-client.js'
import { withProgress } from '../terminal/progress.js'
import { terminalOf } from '../terminal/terminal.js'
import { loadInput, type Loading, loadingFor } from './configs.js'
import { githubLines } from './github.js'
import { markdownText } from './markdown.js'
import { AskError, runningConfig, snapshotOf } from './running.js'
import { textLines } from './text.js'
import { unknownText } from './words.js'

export interface PlanFlags {
  readonly 'discovery.mechanism': readonly string[]
  readonly 'http.config.file'?: string
  readonly snapshot?: string
  readonly url?: string
  readonly job?: readonly string[]
  readonly format: 'text' | 'json' | 'markdown' | 'github'
  readonly maxRemoved?: string
  readonly maxAdded?: string
  readonly allowJob?: readonly string[]
  readonly missing: 'error' | 'ask' | 'ignore'
  readonly top?: number
  readonly detailedExitcode: boolean
  /** Milliseconds. */
  readonly timeout: number
}

const isGood = 0
const isBeyond = 1
const isUnusable = 2
const isUnreachable = 3
const isChange = 4

const listedForPeople = 20

/** Where the old config and the groups come from. */
interface Inputs {
  readonly before: Config
  readonly after: Config
  /** Reads the groups; more than once where it is asked to. */
  readonly events: () => AsyncIterable<SnapshotEvent>
  readonly isMasked: boolean
}

/**
 * `muster plan`: says what a change of a config does.
 * @param files the old config and the new one, or the new one alone
 * @returns the exit code
 * @throws {UsageError} when a flag has a value that cannot be used
 */
export async function plan(
  files: readonly string[],
  flags: PlanFlags,
  host: Host,
  userAgent: string,
): Promise<number> {
  const limits = {
    ...limit('maxRemoved', '--max-removed', flags.maxRemoved),
    ...limit('maxAdded', '--max-added', flags.maxAdded),
    allowed: new Set(flags.allowJob),
  }
  checkFiles(files, flags)
  const turns = new Turns()
  const client =
    flags.url === undefined
      ? undefined
      : await serverClient({ ...flags, url: flags.url }, host, userAgent)
  try {
    const loading = await loadingFor(flags['discovery.mechanism'], host, userAgent, turns)
    const made = await withProgress(
      terminalOf(host.stderr, host.env),
      flags.url === undefined ? 'reading the snapshot' : `asking ${redactUrl(flags.url)}`,
      async () => planOf(await inputsOf(files, flags, client, loading), flags, loading),
    )
    const beyond = beyondLimits(made, limits)
    write(made, beyond, flags, host)
    if (flags.missing !== 'ignore' && made.unknown.length > 0) {
      for (const one of made.unknown) print(host.stderr, `muster plan: ${unknownText(one)}`)
      const hint = 'record the new config, or use --missing=ask or --missing=ignore'
      print(host.stderr, `muster plan: what providers find is not known: ${hint}`)
      return isUnusable
    }
    for (const sentence of beyond) print(host.stderr, `muster plan: ${sentence}`)
    if (beyond.length > 0) return isBeyond
    return flags.detailedExitcode && !isEmpty(made) ? isChange : isGood
  } catch (error) {
    if (error instanceof AskError) return say(host, error.message, isUnreachable)
    const isKnown =
      error instanceof ConfigError ||
      error instanceof ConfigReadError ||
      error instanceof SnapshotError
    if (isKnown) return say(host, error.message, isUnusable)
    throw error
  } finally {
    await client?.close()
  }
}

async function inputsOf(
  files: readonly string[],
  flags: PlanFlags,
  client: HttpClient | undefined,
  loading: Loading,
): Promise<Inputs> {
  const { url = '', snapshot = '', timeout } = flags
  const [first = '', second] = files
  const after = await loadInput(second ?? first, first, loading)
  const before =
    second === undefined && client !== undefined
      ? await runningConfig(client, url, timeout, loading)
      : await loadInput(first, second ?? first, loading)
  const events = (): AsyncIterable<SnapshotEvent> =>
    client === undefined ? readSnapshotFile(snapshot) : snapshotOf(client, url, timeout)
  return { before, after, events, isMasked: second === undefined }
}

async function planOf(inputs: Inputs, flags: PlanFlags, loading: Loading): Promise<Plan> {
  const { before, after, events, isMasked } = inputs
  const { job, missing, format, timeout } = flags
  const top = flags.top ?? (format === 'json' ? undefined : listedForPeople)
  const unknown = job?.find(
    (name) => ![before, after].some(({ jobs }) => jobs.some(({ job_name }) => job_name === name)),
  )
  if (unknown !== undefined) throw new UsageError(`--job: no config has a job ${goQuote(unknown)}`)
  const more =
    missing === 'ask'
      ? await asked(
          [
            ...(await missingProviders(after, events())),
            ...(await missingProviders(before, events())),
          ],
          timeout,
          loading,
        )
      : []
  return await planFromSnapshot({
    before,
    after,
    events: events(),
    more,
    isMasked,
    turns: loading.turns,
    ...(job !== undefined && { jobs: job }),
    ...(top !== undefined && { listed: top }),
  })
}

/** What providers find that the snapshot does not have; those that do not answer stay unknown. */
async function asked(
  missing: readonly ConfigProvider[],
  timeoutMs: number,
  { registry, turns }: Loading,
): Promise<readonly ProviderGroups[]> {
  const once = new Map(missing.map((one) => [`${one.manager} ${one.key}`, one]))
  if (once.size === 0) return []
  // Each provider is a set of its own, so that it is known again.
  const sets = (manager: 'scrape' | 'notify') =>
    new Map(
      [...once].flatMap(([name, one]) => (one.manager === manager ? [[name, [one.source]]] : [])),
    )
  const answers = await askProviders({
    sets: { scrape: sets('scrape'), notify: sets('notify') },
    timeoutMs,
    registry,
    turns,
  })
  return answers.flatMap(({ manager, provider, groups, trouble }) => {
    const known = once.get(provider.sets[0] ?? '')
    return trouble !== undefined || known === undefined ? [] : [{ manager, key: known.key, groups }]
  })
}

function write(made: Plan, beyond: readonly string[], flags: PlanFlags, host: Host): void {
  const { format, top = listedForPeople } = flags
  if (format === 'json') {
    printJson(host.stdout, planJson(made))
  } else if (format === 'markdown') {
    print(host.stdout, markdownText(made, top, beyond).trimEnd())
  } else if (format === 'github') {
    print(host.stdout, githubLines(made, beyond).join('\n'))
  } else {
    printLines(terminalOf(host.stdout, host.env), textLines(made, top))
  }
}

function checkFiles(files: readonly string[], { url, snapshot }: PlanFlags): void {
  if (files.length > 2) throw new UsageError('muster plan takes the old config and the new one')
  if (url !== undefined && snapshot !== undefined) {
    throw new UsageError('--url and --snapshot: the groups come from one of them')
  }
  if (url === undefined && snapshot === undefined) {
    throw new UsageError('muster plan needs --snapshot, from muster record, or --url')
  }
  if (files.length < 2 && url === undefined) {
    throw new UsageError('with --snapshot muster plan takes the old config and the new one')
  }
}

function limit<K extends string>(
  key: K,
  flag: string,
  text: string | undefined,
): { readonly [_ in K]?: Limit } {
  if (text === undefined) return {}
  const read = parseLimit(text)
  if (read === undefined) {
    throw new UsageError(
      `${flag}: ${goQuote(text)} is neither a number of targets nor a share such as 5%`,
    )
  }
  return { [key]: read } as { readonly [_ in K]?: Limit }
}

function say(host: Host, message: string, code: number): number {
  print(host.stderr, `muster plan: ${message}`)
  return code
}
