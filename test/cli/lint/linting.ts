import { lint, type LintOptions, type LintResult } from '../../../src/cli/lint/lint.js'
import {
  type DiscoveryConfig,
  fingerprint,
  type TargetGroup,
} from '../../../src/discovery/index.js'
import { loadConfig } from '../../../src/config/index.js'
import { sectionOf, snapshotLines, writeSnapshotFile } from '../../../src/snapshot/index.js'
import { allMechanisms } from '../../config/mechanisms.js'

/** Lints a text as `prometheus.yml`, and what it includes. */
export async function lintText(
  files: string | Readonly<Record<string, string>>,
  options: Partial<LintOptions> = {},
): Promise<LintResult> {
  const all = typeof files === 'string' ? { 'prometheus.yml': files } : files
  return lint(Object.keys(all), {
    mechanisms: allMechanisms(),
    readFile: (file) => Promise.resolve(Buffer.from(all[file] ?? '')),
    ...options,
  })
}

/** The findings as `line:column code`, with ` note` after those that are no warnings. */
export function briefly({ findings }: Pick<LintResult, 'findings'>): readonly string[] {
  return findings.map(({ code, level, place: { line, column } }) => {
    const at = `${String(line)}:${String(column)} ${code}`
    return level === 'note' ? `${at} note` : at
  })
}

/** Writes a snapshot in which every provider of a config but the static ones found these groups. */
export async function recordGroups(
  config: string,
  file: string,
  groups: readonly TargetGroup[],
): Promise<void> {
  const { jobs } = await loadConfig('prometheus.yml', {
    mechanisms: allMechanisms(),
    readFile: () => Promise.resolve(Buffer.from(config)),
  })
  const providers = new Map<string, { source: DiscoveryConfig; sets: string[] }>()
  for (const { job_name: name, discovery } of jobs) {
    for (const source of discovery) {
      const key = fingerprint(source)
      const provider = providers.get(key) ?? { source, sets: [] }
      provider.sets.push(name)
      providers.set(key, provider)
    }
  }
  const sections = [...providers.values()].map(({ source, sets }, i) => ({
    section: sectionOf('scrape', `${source.mechanism.name}/${String(i)}`, source, sets),
    groups,
  }))
  const header = { by: 'muster/test', at: '2026-01-01T00:00:00Z', redacted: [] }
  await writeSnapshotFile(file, snapshotLines(header, sections))
}
