import { Buffer } from 'node:buffer'
import { escapeQuery } from '../../go/format-url.js'
import type { ScrapeJob } from '../job.js'

/**
 * The query of a target: the job's params, the first value of each replaced by the target's
 * `__param_<name>` label, which may add others; keys in order.
 */
export function formatQuery(
  params: ScrapeJob['params'],
  own: readonly (readonly [name: string, value: string])[],
): string {
  const all = new Map(Object.entries(params))
  if (all.size === 0 && own.length === 0) return ''
  for (const [name, value] of own) all.set(name, [value, ...(all.get(name) ?? []).slice(1)])
  const keys = [...all.keys()].map((key) => ({ key, bytes: Buffer.from(key) }))
  return keys
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .flatMap(({ key }) =>
      (all.get(key) ?? []).map((value) => `${escapeQuery(key)}=${escapeQuery(value)}`),
    )
    .join('&')
}
