import { randomBytes } from 'node:crypto'
import { RE2JS } from 're2js'
import { type Config, ConfigReadError } from '../../config/index.js'
import { goQuote } from '../../go/quote.js'
import { visibleLine } from '../../go/visible.js'
import { isLabelName } from '../../relabel/index.js'
import {
  askProviders,
  type Redaction,
  redacting,
  type SectionContent,
  sectionOf,
  SnapshotError,
  type SnapshotHeader,
  snapshotLines,
  snapshotSections,
  type SnapshotSection,
  writeSnapshotFile,
} from '../../snapshot/index.js'
import { setConfigs } from '../../plan/index.js'
import { Turns } from '../../waiting/turns.js'
import { ConfigError } from '../../yaml/index.js'
import { UsageError } from '../flags.js'
import type { Host } from '../host.js'
import { loadInput, loadingFor, onlyJobs } from '../plan/configs.js'
import { counted } from '../plan/words.js'
import { AskError, snapshotOf } from '../plan/running.js'
import { print } from '../print.js'
import { serverClient } from '../server-client.js'
import { withProgress } from '../terminal/progress.js'
import { terminalOf } from '../terminal/terminal.js'

export interface RecordFlags {
  readonly 'config.file': string
  readonly 'discovery.mechanism': readonly string[]
  readonly 'http.config.file'?: string
  readonly out: string
  readonly job?: readonly string[]
  readonly url?: string
  readonly redact?: readonly string[]
  readonly salt?: string
  /** Milliseconds. */
  readonly timeout: number
}

const isRecorded = 0
const isIncomplete = 1
const isUnusable = 2
const isUnreachable = 3

/** What was written. */
interface Recorded {
  readonly providers: number
  readonly groups: number
  readonly targets: number
  /** Providers without an answer, and why. */
  readonly missing: readonly SnapshotSection[]
}

/**
 * `muster record`: writes what every provider finds into a file.
 * @returns the exit code: 1 when a provider did not answer, and the others are written
 * @throws {UsageError} when a flag has a value that cannot be used
 */
export async function record(flags: RecordFlags, host: Host, userAgent: string): Promise<number> {
  const redactions = (flags.redact ?? []).map(readRedaction)
  const redact = redacting(redactions, flags.salt ?? randomBytes(16).toString('hex'))
  const header: SnapshotHeader = {
    by: userAgent,
    at: new Date().toISOString(),
    redacted: [...new Set(redactions.map(({ label }) => label))],
  }
  try {
    const terminal = terminalOf(host.stderr, host.env)
    const recorded = await withProgress(terminal, 'asking the providers', () =>
      flags.url === undefined
        ? fromConfig(flags, host, userAgent, header, redact)
        : fromServer({ ...flags, url: flags.url }, host, userAgent, header, redact),
    )
    return report(recorded, flags.out, host)
  } catch (error) {
    if (error instanceof AskError) return say(host, error.message, isUnreachable)
    if (error instanceof ConfigError || error instanceof ConfigReadError) {
      return say(host, error.message, isUnusable)
    }
    if (error instanceof SnapshotError) return say(host, error.message, isIncomplete)
    throw error
  }
}

type Redact = ReturnType<typeof redacting>

async function fromConfig(
  flags: RecordFlags,
  host: Host,
  userAgent: string,
  header: SnapshotHeader,
  redact: Redact,
): Promise<Recorded> {
  const turns = new Turns()
  const loading = await loadingFor(flags['discovery.mechanism'], host, userAgent, turns)
  const file = flags['config.file']
  const config = onlyJobs(await loadInput(file, file, loading), knownJobs(flags.job))
  checkJobs(flags.job, config)
  const asked = await askProviders({
    sets: setConfigs(config),
    timeoutMs: flags.timeout,
    registry: loading.registry,
    turns,
  })
  const contents = asked.map(({ manager, provider, groups, trouble }): SectionContent => {
    const section = shown(sectionOf(manager, provider.name, provider.source, provider.sets), header)
    if (trouble !== undefined) return { section: { ...section, missing: trouble }, groups: [] }
    return { section, groups: groups.map(redact) }
  })
  return await write(flags.out, header, contents)
}

async function fromServer(
  flags: RecordFlags & { readonly url: string },
  host: Host,
  userAgent: string,
  header: SnapshotHeader,
  redact: Redact,
): Promise<Recorded> {
  const client = await serverClient(flags, host, userAgent)
  try {
    const wanted = knownJobs(flags.job)
    const events = snapshotOf(client, flags.url, flags.timeout)
    async function* sections(): AsyncGenerator<SectionContent, void, undefined> {
      for await (const { section, groups } of snapshotSections(events)) {
        if (wanted !== undefined && !section.sets.some((set) => wanted.includes(set))) continue
        async function* redacted() {
          for await (const group of groups) yield redact(group)
        }
        yield { section: shown(section, header), groups: redacted() }
      }
    }
    return await write(flags.out, header, sections())
  } finally {
    await client.close()
  }
}

/** A config may have the values that are redacted. */
function shown(section: SnapshotSection, { redacted }: SnapshotHeader): SnapshotSection {
  if (redacted.length === 0) return section
  const { config: _, ...others } = section
  return others
}

/** Writes the file, and counts what it has. */
async function write(
  file: string,
  header: SnapshotHeader,
  contents: Iterable<SectionContent> | AsyncIterable<SectionContent>,
): Promise<Recorded> {
  const missing: SnapshotSection[] = []
  let last = ''
  async function* watched(): AsyncGenerator<string, void, undefined> {
    for await (const line of snapshotLines(header, contents)) {
      if (line.startsWith('{"provider"')) {
        const section = JSON.parse(line) as SnapshotSection
        if (section.missing !== undefined) missing.push(section)
      }
      if (line !== '') last = line
      yield line
    }
  }
  await writeSnapshotFile(file, watched())
  const { sections, groups, targets } = JSON.parse(last) as Readonly<Record<string, number>>
  const providers = (sections ?? 0) - missing.length
  return { providers, groups: groups ?? 0, targets: targets ?? 0, missing }
}

function report(recorded: Recorded, file: string, host: Host): number {
  const { providers, groups, targets, missing } = recorded
  const counts = [
    counted(providers, 'provider'),
    counted(groups, 'group'),
    counted(targets, 'target'),
  ]
  const said = `${file}: ${counts.join(', ')}`
  print(host.stdout, visibleLine(said))
  for (const { provider, sets, missing: why } of missing) {
    print(
      host.stderr,
      visibleLine(`muster record: ${provider} (${sets.join(', ')}) is not in it: ${why ?? ''}`),
    )
  }
  return missing.length === 0 ? isRecorded : isIncomplete
}

function say(host: Host, message: string, code: number): number {
  print(host.stderr, `muster record: ${message}`)
  return code
}

function knownJobs(jobs: readonly string[] | undefined): readonly string[] | undefined {
  return jobs === undefined || jobs.length === 0 ? undefined : jobs
}

/** @throws {UsageError} for a job that the config does not have */
function checkJobs(jobs: readonly string[] = [], config: Config): void {
  const unknown = jobs.find((name) => !config.jobs.some(({ job_name }) => job_name === name))
  if (unknown === undefined) return
  throw new UsageError(`--job: ${config.file} has no job ${goQuote(unknown)}`)
}

/** `NAME` or `NAME=REGEX`, which has to match the whole value. @throws {UsageError} */
function readRedaction(text: string): Redaction {
  const at = text.indexOf('=')
  const label = at < 0 ? text : text.slice(0, at)
  if (!isLabelName(label, 'utf8'))
    throw new UsageError(`--redact: ${goQuote(label)} is not a valid label name`)
  if (at < 0) return { label }
  const regex = text.slice(at + 1)
  try {
    const pattern = RE2JS.compile(`^(?s:${regex})$`)
    return { label, matches: (value) => pattern.matches(value) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UsageError(`--redact: ${goQuote(regex)}: ${reason}`, { cause: error })
  }
}
