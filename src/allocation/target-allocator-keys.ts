import type { Decoding, MapEntry, Node, ScalarNode, StructType } from '../yaml/index.js'

/** What a key of the Target Allocator is called here. */
const renamed: ReadonlyMap<string, string> = new Map([
  ['allocation_strategy', 'strategy'],
  ['allocation_fallback_strategy', 'fallback_strategy'],
])

const findMembers =
  'say in `members` how collectors are found, such as kubernetes_sd_configs with role pod, its namespaces and selectors'

/** What to do in place of a key that means nothing here. */
const refused: ReadonlyMap<string, string> = new Map([
  ['config', 'put what is below it into a prometheus.yml, and name that with --config.file'],
  ['listen_addr', 'give the address to --web.listen-address'],
  [
    'https',
    'put the certificates into a web config file (client_auth_type: RequireAndVerifyClientCert for the secrets), and name that with --web.config.file',
  ],
  ['kube_config_file_path', 'give the path to kubeconfig_file of kubernetes_sd_configs'],
  ['collector_selector', findMembers],
  ['collector_namespace', findMembers],
  [
    'prometheus_cr',
    'muster reads no custom resources of the Prometheus operator: write scrape configs with kubernetes_sd_configs into the file of --config.file',
  ],
])

/** Those of {@link refused} that say with `enabled: false` that they mean nothing. */
const switched = new Set(['https', 'prometheus_cr'])

const fallbacks = new Set(['consistent-hashing', 'least-weighted'])

/**
 * The type of a file that may have keys of OpenTelemetry's Target Allocator (`targetallocator.yaml`) beside its own.
 * Those that mean the same here are read so. The others are errors that say what to use in their place: the Target
 * Allocator finds collectors and targets by Kubernetes alone, and serves them by settings that are flags here.
 * @param type of the file without those keys
 */
export function withTargetAllocatorKeys<T>(type: StructType<T>): StructType<T> {
  return {
    ...type,
    decode: (node, at) =>
      node.kind === 'map'
        ? type.decodeAll(translated(node.entries, at), at)
        : type.decode(node, at),
    decodeEntries: (entries, at, early) => type.decodeEntries(translated(entries, at), at, early),
    decodeAll: (entries, at, early) => type.decodeAll(translated(entries, at), at, early),
  }
}

function translated(entries: readonly MapEntry[], at: Decoding): readonly MapEntry[] {
  return entries.flatMap((entry): readonly MapEntry[] => {
    const key = entry.key.text
    const name = renamed.get(key)
    if (name !== undefined)
      return [{ ...entry, key: { ...entry.key, text: name }, value: valueOf(name, entry.value) }]
    if (key === 'collector_not_ready_grace_period') return graceOf(entry, entries, at)
    if (key === 'filter_strategy') {
      if (textOf(entry.value) !== 'relabel-config') {
        at.failKey(
          key,
          'filter_strategy is relabel-config: members get only the targets that relabel_configs keep',
        )
      }
      return []
    }
    const instead = refused.get(key)
    if (instead === undefined) return [entry]
    if (!(switched.has(key) && isOff(entry.value))) {
      at.failKey(key, `${key} is a key of OpenTelemetry's Target Allocator`, instead)
    }
    return []
  })
}

/** Any other strategy of the Target Allocator for what `per-node` cannot place is `rendezvous` here. */
function valueOf(name: string, value: Node): Node {
  return name === 'fallback_strategy' && value.kind === 'scalar' && fallbacks.has(value.text)
    ? { ...value, text: 'rendezvous' }
    : value
}

/** The grace is a key of `moves`. */
function graceOf(entry: MapEntry, entries: readonly MapEntry[], at: Decoding): readonly MapEntry[] {
  const { key, value } = entry
  if (entries.some((other) => other.key.text === 'moves')) {
    at.failKey(key.text, `${key.text} stands beside \`moves\``, 'use member_grace in moves alone')
    return []
  }
  const named = (text: string): ScalarNode => ({ ...key, text })
  const moves: Node = {
    kind: 'map',
    offset: key.offset,
    entries: [{ key: named('member_grace'), value }],
  }
  return [{ key: named('moves'), value: moves }]
}

function textOf(node: Node): string | undefined {
  return node.kind === 'scalar' ? node.text : undefined
}

/** A map whose `enabled` is not true, as left out it is false. */
function isOff(node: Node): boolean {
  if (node.kind !== 'map') return node.kind === 'scalar'
  const enabled = node.entries.find(({ key }) => key.text === 'enabled')
  return enabled === undefined || textOf(enabled.value) !== 'true'
}
