import path from 'node:path'
import { isUtf8 } from 'node:buffer'
import type { ScrapeConfig } from '../../config/index.js'
import type { TargetGroup } from '../../discovery/index.js'
import { fileErrorReason } from '../../go/file-error.js'
import { readRegular } from '../../go/read-file.js'
import { TargetFile } from '../../mechanisms/file/target-file.js'
import { fingerprint } from '../../discovery/provider/fingerprint.js'
import { readSnapshotFile, SnapshotError } from '../../snapshot/index.js'
import { errorMessage } from '../../telemetry/error-text.js'
import { Turns } from '../../waiting/turns.js'
import { readGolden } from './golden.js'

const maxBytes = 512 * 1024 * 1024

/** A fixture cannot be read, or is none; the message names the file. */
export class FixtureError extends Error {
  override readonly name = 'FixtureError'
  readonly code = 'ERR_TEST_FIXTURE'
}

/**
 * Reads a file of discovered targets: what `file_sd_configs` and `http_sd_configs` read, what promtool's `check
 * service-discovery` prints, an answer of `/api/v1/targets`, or a snapshot of `muster record`.
 * @param job the job whose targets they are
 * @param configFile the config of the job
 * @throws {FixtureError}
 */
export async function readFixture(
  file: string,
  job: ScrapeConfig,
  configFile: string,
): Promise<readonly TargetGroup[]> {
  if (file.endsWith('.muster')) return await snapshotGroups(file, job)
  const bytes = await readBytes(file)
  try {
    const discovered = discoveredGroups(file, bytes, job.job_name)
    if (discovered !== undefined) return discovered
    const groups = await fileGroups(file, bytes)
    // From the folder of the config, where a Prometheus that is started there sees it.
    const seenAs = path.relative(path.dirname(configFile), file).split(path.sep).join('/')
    const isFromFiles = job.discovery.some(({ mechanism }) => mechanism.name === 'file')
    return groups.map((group) => withPath(group, isFromFiles ? seenAs : undefined))
  } catch (error) {
    if (error instanceof FixtureError) throw error
    throw new FixtureError(`${file}: ${errorMessage(error)}`, { cause: error })
  }
}

/**
 * The groups that a snapshot has of the providers of a job: of those with the same config, or where there are
 * none of those that its job of that name had.
 */
async function snapshotGroups(file: string, job: ScrapeConfig): Promise<readonly TargetGroup[]> {
  const own = new Set(job.discovery.map(fingerprint))
  const same: TargetGroup[] = []
  const named: TargetGroup[] = []
  const jobs = new Set<string>()
  let into: readonly TargetGroup[][] = []
  let missing: string | undefined
  try {
    for await (const event of readSnapshotFile(file)) {
      if (event.kind === 'group') for (const groups of into) groups.push(event.group)
      if (event.kind !== 'section') continue
      const { manager, sets, fingerprint: theirs } = event.section
      const isScrape = manager === 'scrape'
      const isSame = isScrape && own.has(theirs)
      const isNamed = isScrape && sets.includes(job.job_name)
      if (isScrape) for (const set of sets) jobs.add(set)
      if (isSame || isNamed) missing ??= event.section.missing
      into = [...(isSame ? [same] : []), ...(isNamed ? [named] : [])]
    }
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error
    throw new FixtureError(error.message, { cause: error })
  }
  if (missing !== undefined) throw new FixtureError(`${file} does not have all targets: ${missing}`)
  const groups = same.length > 0 ? same : named
  if (groups.length > 0 || jobs.has(job.job_name)) return groups
  const others = [...jobs].map((name) => JSON.stringify(name)).join(', ')
  const has = others === '' ? 'no job' : others
  throw new FixtureError(
    `${file} has no targets of job ${JSON.stringify(job.job_name)}; it has ${has}`,
  )
}

/** @throws {FixtureError} when the file cannot be read, in Go's words */
export async function readBytes(file: string): Promise<Buffer> {
  try {
    return await readRegular(file, { limit: maxBytes })
  } catch (error) {
    throw new FixtureError(`open ${file}: ${fileErrorReason(error) ?? errorMessage(error)}`, {
      cause: error,
    })
  }
}

async function fileGroups(file: string, bytes: Buffer): Promise<readonly TargetGroup[]> {
  const targets = new TargetFile(file, new Turns())
  await targets.take(bytes)
  return targets.groups
}

/** The targets of promtool's output or of an answer of the API; undefined where the file is neither. */
function discoveredGroups(
  file: string,
  bytes: Buffer,
  job: string,
): readonly TargetGroup[] | undefined {
  if (!/\.json$/i.test(file) || bytes.indexOf('"discoveredLabels"') < 0) return undefined
  if (!isUtf8(bytes)) throw new Error('invalid UTF-8')
  const text = bytes.toString('utf8')
  const answer: unknown = JSON.parse(text)
  if (Array.isArray(answer)) return [groupOf(readGolden(text))]
  const { data } = answer as { readonly data?: Readonly<Record<string, unknown>> }
  const lists = [data?.['activeTargets'], data?.['droppedTargets']].filter(Array.isArray)
  if (lists.length === 0) throw new Error('it has neither activeTargets nor droppedTargets')
  const elements = (lists.flat() as readonly { readonly scrapePool?: unknown }[]).filter(
    // An older Prometheus does not name the job of a dropped target.
    (element) => element.scrapePool === job || element.scrapePool === undefined,
  )
  return [groupOf(readGolden(JSON.stringify(elements)))]
}

function groupOf(
  elements: readonly { readonly discoveredLabels: TargetGroup['labels'] }[],
): TargetGroup {
  const targets = elements.map(({ discoveredLabels }) => discoveredLabels)
  return { source: '', labels: {}, targets }
}

function withPath(group: TargetGroup, seenAs: string | undefined): TargetGroup {
  const { __meta_filepath: _, ...labels } = group.labels
  if (seenAs === undefined) return { ...group, labels }
  return { ...group, labels: { ...labels, __meta_filepath: seenAs } }
}
