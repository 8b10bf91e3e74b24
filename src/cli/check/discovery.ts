import { Turns } from '../../waiting/turns.js'
import { FilePattern } from '../../go/glob.js'
import type { FileConfig } from '../../mechanisms/file/index.js'
import { TargetFile } from '../../mechanisms/file/target-file.js'
import type { DiscoveryConfig } from '../../discovery/index.js'
import type { GroupSection } from '../../mechanisms/kit/group-section.js'
import { goQuote } from '../../go/quote.js'
import { readBounded } from './files.js'
import type { CheckGroup } from './target-groups.js'

const maxTargetFileMegabytes = 512

/** What a check of one section's discovery found. */
export interface DiscoveryFaults {
  readonly faults: string[]
  readonly warnings: string[]
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
  const found: DiscoveryFaults = { faults: [], warnings: [] }
  for (const { mechanism, config } of discovery) {
    if (mechanism.name === 'static') {
      for (const [i, group] of (config as readonly GroupSection[]).entries()) {
        const fault = check({ ...group, source: String(i) })
        if (fault !== undefined) found.faults.push(fault)
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
      const faults = file.groups.map(check).filter((fault) => fault !== undefined)
      found.faults.push(...faults.slice(0, 1))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      found.faults.push(`checking SD file ${goQuote(path)}: ${reason}`)
    }
  }
}
