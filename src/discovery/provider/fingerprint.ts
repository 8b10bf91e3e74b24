import { createHash } from 'node:crypto'
import { redactUrl } from '../../go/url.js'
import type { DiscoveryConfig } from '../mechanism.js'

/**
 * A short name for a mechanism and its config that is the same in every run. Secrets count as
 * `<secret>` and passwords of URLs as they are printed, so it reveals nothing of them; configs that differ
 * in those alone share it.
 */
export function fingerprint({ mechanism, config, labels }: DiscoveryConfig): string {
  const parts = labels === undefined ? [mechanism.name, config] : [mechanism.name, config, labels]
  const text = JSON.stringify(parts, sorted)
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

/** Secrets are texts by the time they get here: JSON.stringify asks their `toJSON` first. */
function sorted(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'string') return value.includes('://') ? redactUrl(value) : value
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
