import { ConfigReadError, loadConfig, type LoadOptions } from '../../config/index.js'
import { readConfigInput } from '../../config/index.js'
import { goQuote } from '../../go/quote.js'
import { visibleLine } from '../../go/visible.js'
import { ConfigError, formatPlace, Places, yamlText } from '../../yaml/index.js'
import type { LintCode, LintInput } from './code.js'
import { lintCodes } from './codes/index.js'
import { commentCode, Comments } from './comments.js'
import type { Complaint, Finding, Level, UnusableFile } from './finding.js'
import { type LintedConfig, lintedConfig } from './rule-list.js'
import { SnapshotReview } from './snapshot/review.js'
import { SnapshotError } from '../../snapshot/index.js'

export interface LintOptions extends Pick<LoadOptions, 'mechanisms' | 'env' | 'agent'> {
  /** The codes to look for; left out: all of them. */
  readonly codes?: ReadonlySet<string>
  /** Snapshots of targets, the oldest first. */
  readonly snapshots?: readonly string[]
  /** The clock that rules are measured with; microseconds. */
  readonly now?: () => number
  /** Reads a config file; left out: from disk. */
  readonly readFile?: (file: string) => Promise<Uint8Array>
}

/** What the linter found. */
export interface LintResult {
  /** By file as they were named, then by line. */
  readonly findings: readonly Finding[]
  readonly unusable: readonly UnusableFile[]
  /** Jobs of which a snapshot does not have all targets, a sentence each. */
  readonly gaps: readonly string[]
}

/** Looks for all that the codes know in config files; those that cannot be used are told, and left out. */
export async function lint(files: readonly string[], options: LintOptions): Promise<LintResult> {
  const { codes: wanted, readFile = readConfigInput } = options
  const configs: LintedConfig[] = []
  const unusable: UnusableFile[] = []
  // Included files as well, each once.
  const comments = new Map<string, Comments>()
  for (const file of new Set(files)) {
    const places = new Places()
    const reading = async (name: string): Promise<Uint8Array> => {
      const content = await readFile(name)
      if (!comments.has(name)) comments.set(name, commentsOf(name, content))
      return content
    }
    try {
      const config = await loadConfig(file, { ...options, readFile: reading, places })
      configs.push(lintedConfig(config, places))
    } catch (error) {
      if (!(error instanceof ConfigError || error instanceof ConfigReadError)) throw error
      // A config error has been made visible, line by line.
      const reason = error instanceof ConfigError ? error.message : visibleLine(error.message)
      unusable.push({ file, reason })
    }
  }
  const snapshots = await readSnapshots(options.snapshots ?? [], configs, unusable)
  const codes = lintCodes.filter(
    ({ code, needs }) =>
      wanted?.has(code) !== false && (needs === 'config' || snapshots.length > 0),
  )
  const { now = microseconds } = options
  const found = findingsOf(codes, { configs, snapshots, now })
  const silent = (finding: Finding): boolean =>
    comments.get(finding.place.file)?.silences(finding) === true
  const findings = found.filter((finding) => !silent(finding))
  if (wanted?.has(commentCode) !== false) {
    const all = new Set([commentCode, ...lintCodes.map(({ code }) => code)])
    // What a code finds in a snapshot is another matter with the next one.
    const looked = new Set(codes.flatMap(({ code, needs }) => (needs === 'config' ? [code] : [])))
    for (const one of comments.values()) {
      findings.push(...one.complaints(all, looked).map((at) => finding(commentCode, 'warning', at)))
    }
  }
  return {
    findings: sorted(findings, [...comments.keys()]),
    unusable,
    gaps: snapshots.flatMap(gapsOf),
  }
}

async function readSnapshots(
  files: readonly string[],
  configs: readonly LintedConfig[],
  unusable: UnusableFile[],
): Promise<readonly SnapshotReview[]> {
  const reviews: SnapshotReview[] = []
  for (const file of files) {
    try {
      reviews.push(await SnapshotReview.read(file, configs, files.length > 1))
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error
      unusable.push({ file, reason: visibleLine(error.message) })
    }
  }
  return reviews
}

function gapsOf({ file, unknown }: SnapshotReview): readonly string[] {
  return [...unknown].map(
    ({ job }) =>
      `${file} does not have all targets of job ${goQuote(job.job_name)}: its discovery has changed, or was not recorded; record it again`,
  )
}

function microseconds(): number {
  return performance.now() * 1000
}

function commentsOf(file: string, content: Uint8Array): Comments {
  try {
    return new Comments(file, yamlText(file, content))
  } catch (error) {
    // The file cannot be read as a config either, which says why.
    if (error instanceof ConfigError) return new Comments(file, '')
    throw error
  }
}

function findingsOf(codes: readonly LintCode[], input: LintInput): readonly Finding[] {
  const findings = new Map<string, Finding>()
  for (const { code, level, find } of codes) {
    for (const complaint of find(input)) {
      const one = finding(code, level, complaint)
      // Jobs that share rules by an anchor have the same mistake once.
      findings.set(`${formatPlace(one.place)} ${code} ${one.message}`, one)
    }
  }
  return [...findings.values()]
}

function finding(
  code: string,
  usual: Level,
  { place, message, level = usual }: Complaint,
): Finding {
  return { code, place, message: visibleLine(message), level }
}

function sorted(findings: readonly Finding[], files: readonly string[]): readonly Finding[] {
  const rank = new Map(files.map((file, i) => [file, i]))
  const rankOf = ({ place }: Finding): number => rank.get(place.file) ?? files.length
  return findings.toSorted(
    (a, b) =>
      rankOf(a) - rankOf(b) ||
      a.place.line - b.place.line ||
      a.place.column - b.place.column ||
      (a.code < b.code ? -1 : 1),
  )
}
