import { Turns } from '../../waiting/turns.js'
import { FilePattern } from '../../go/glob.js'
import type { FileConfig } from '../../mechanisms/file/index.js'
import { TargetFile } from '../../mechanisms/file/target-file.js'
import type { DiscoveryConfig, TargetGroup } from '../../discovery/index.js'
import type { GroupSection } from '../../mechanisms/kit/group-section.js'
import { goQuote } from '../../go/quote.js'
import { readBounded } from './files.js'
import type { CheckGroup } from './target-groups.js'

const maxTargetFileMegabytes = 512

/** What a check of one section's discovery found. */
export interface DiscoveryFaults {
  readonly faults: string[]
  readonly warnings: string[]
  /** Targets that were built, and how many of them no rule drops. */
  built: number
  kept: number
}

/**
 * Builds the targets that need no server: those of `static_configs`, and unless only the syntax
 * matters those in the files of `file_sd_configs`.
 * @param owner ends the warning about a missing file: `scrape job "a"`
 */
export async function checkDiscovery(
  discovery: readonly DiscoveryConfig[],
  check: CheckGroup,
  owner: string,
  syntaxOnly: boolean,
): Promise<DiscoveryFaults> {
  const found: DiscoveryFaults = { faults: [], warnings: [], built: 0, kept: 0 }
  for (const { mechanism, config } of discovery) {
    if (mechanism.name === 'static') {
      for (const [i, group] of (config as readonly GroupSection[]).entries()) {
        take(check, { ...group, source: String(i) }, found.faults, found)
      }
    } else if (mechanism.name === 'file' && !syntaxOnly) {
      for (const pattern of (config as FileConfig).files) {
        await checkPattern(pattern, check, owner, found)
      }
    }
  }
  return found
}

async function checkPattern(
  pattern: string,
  check: CheckGroup,
  owner: string,
  found: DiscoveryFaults,
): Promise<void> {
  const files = await new FilePattern(pattern).list()
  if (files.length === 0) {
    found.warnings.push(`file ${goQuote(pattern)} for file_sd in ${owner} does not exist`)
  }
  for (const path of files) {
    try {
      const file = new TargetFile(path, new Turns())
      await file.take(await readBounded(path, maxTargetFileMegabytes))
      const faults: string[] = []
      for (const group of file.groups) take(check, group, faults, found)
      found.faults.push(...faults.slice(0, 1))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      found.faults.push(`checking SD file ${goQuote(path)}: ${reason}`)
    }
  }
}

function take(
  check: CheckGroup,
  group: TargetGroup,
  faults: string[],
  found: DiscoveryFaults,
): void {
  const { fault, kept } = check(group)
  if (fault !== undefined) faults.push(fault)
  found.built += group.targets.length
  found.kept += kept
}

/**
 * Why a job will find no targets, as far as that can be said without asking a server; undefined where it may find some.
 * promtool does not look at this.
 */
export function whyNothing(
  discovery: readonly DiscoveryConfig[],
  { built, kept }: DiscoveryFaults,
  syntaxOnly: boolean,
): string | undefined {
  const names = new Set(discovery.map(({ mechanism }) => mechanism.name))
  if (names.size === 0) return 'it has no section that finds targets, such as static_configs'
  const isKnown = (name: string): boolean => name === 'static' || (name === 'file' && !syntaxOnly)
  if (kept > 0 || [...names].some((name) => !isKnown(name))) return undefined
  if (built > 0) return `its relabel_configs drop all of its targets (${String(built)})`
  return names.has('file')
    ? 'its files and static_configs name none'
    : 'its static_configs name none'
}
