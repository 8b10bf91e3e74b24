import { plainText } from './plain-text.js'
import type { UnknownProvider } from './plan.js'

/** The keys that say which server is asked, over all mechanisms. */
const addressKeys: ReadonlySet<string> = new Set([
  'api_server',
  'auth_url',
  'container_host',
  'endpoint',
  'files',
  'host',
  'identity_endpoint',
  'names',
  'project',
  'project_id',
  'region',
  'server',
  'servers',
  'subscription_id',
  'url',
])

/** A provider whose printed config is known. */
export interface PrintedProvider {
  readonly mechanism: string
  readonly sets: readonly string[]
  readonly config?: unknown
}

/**
 * Finds the provider that asks the same server in the most similar way.
 * @param config as printed
 */
export function nearestProvider(
  mechanism: string,
  config: unknown,
  known: Iterable<PrintedProvider>,
): UnknownProvider['near'] {
  let best: UnknownProvider['near']
  for (const other of known) {
    if (other.mechanism !== mechanism || other.config === undefined) continue
    const differs = differingKeys(config, other.config)
    if (differs.some((key) => addressKeys.has(key))) continue
    if (best === undefined || differs.length < best.differs.length) {
      best = { sets: other.sets, differs }
    }
  }
  return best
}

function differingKeys(a: unknown, b: unknown): readonly string[] {
  const [left, right] = [entriesOf(a), entriesOf(b)]
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((key) => plainText(left.get(key)) !== plainText(right.get(key)))
    .sort()
}

function entriesOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : [])
}
