import { ConfigIssues } from '../config/config-issues.js'
import { parseFile } from '../config/parse.js'
import { readConfigFile, type ReadFile } from '../config/read.js'
import { type Discovering, withDiscovery } from '../config/sections/discovery.js'
import { checkRules, relabelRules } from '../config/sections/relabel-rules.js'
import type { Mechanism } from '../discovery/mechanism.js'
import { formatDuration, parseDuration } from '../go/model-duration.js'
import type { RelabelRule } from '../relabel/index.js'
import { Turns } from '../waiting/turns.js'
import {
  type Decoding,
  duration,
  field,
  list,
  oneOf,
  Places,
  struct,
  type StructType,
  text,
  textual,
  type Type,
  uint,
} from '../yaml/index.js'
import type { ChoiceRules, Strategy } from './rules.js'
import { withTargetAllocatorKeys } from './target-allocator-keys.js'

/** How many of the targets may move for a better place, and in what time. */
export interface MoveBudget {
  /** A part of all targets, above 0; 1 or more is no limit. */
  readonly share: number
  /** Milliseconds. */
  readonly perMs: number
}

/** The `moves` section. */
export interface MovesConfig {
  /** Milliseconds that a target has its old owner beside the new one; `auto`: until the new one has scraped it. */
  readonly overlap: number | 'auto'
  readonly budget: MoveBudget
  /** Milliseconds: how long a member has to be there before it gets targets, and be gone before it loses them. */
  readonly member_grace: number
  /** A member that has not asked for this number of its refresh intervals is silent. */
  readonly silent_after: number
  /** Milliseconds after which a silent member loses its targets; 0 for never. */
  readonly evict_silent: number
}

/** What `strategy` may say: ours, and the Target Allocator's names for what is nearest. */
export type StrategyName = Strategy | 'consistent-hashing' | 'least-weighted'

/** The file of `--allocator.config.file`. */
export interface AllocatorConfig {
  /** Finds the members. */
  readonly members: Discovering & { readonly relabel_configs: readonly RelabelRule[] }
  readonly strategy: StrategyName
  /** What `per-node` does with a target of a node without a member: `none`, or `rendezvous`. */
  readonly fallback_strategy: 'none' | 'rendezvous'
  /** Discovered labels that name a target: equal ones go to the same member. */
  readonly key: readonly string[]
  /** Discovered labels that name the zone of a target: the first that is not empty. */
  readonly zone: { readonly of: readonly string[]; readonly prefer: 'strict' | 'soft' }
  /** Discovered labels that name the node of a target: the first that is not empty. */
  readonly node: { readonly of: readonly string[] }
  readonly replication_factor: number
  /** Targets of one member at most; 0 for no limit. */
  readonly max_targets: number
  readonly weights: {
    /** The label of a target, after its job's rules, that says what it weighs. */
    readonly label: string
  }
  readonly moves: MovesConfig
}

/** The strategies that a file may name, and what each of them is here. */
export const strategies: Readonly<Record<StrategyName, Strategy>> = {
  rendezvous: 'rendezvous',
  balanced: 'balanced',
  'per-node': 'per-node',
  'consistent-hashing': 'rendezvous',
  'least-weighted': 'balanced',
}

const mostReplicas = 16

function words<const W extends string>(what: string, all: readonly W[], zero: W): Type<W> {
  return oneOf(all, zero, (word) => `unknown ${what} "${word}": use ${all.join(', ')}`)
}

const overlap: Type<number | 'auto'> = textual(
  'overlap',
  (): number | 'auto' => 'auto',
  (written) => (written === 'auto' ? 'auto' : parseDuration(written)),
  (value) => (value === 'auto' ? value : formatDuration(value)),
)

const noBudget: MoveBudget = { share: Infinity, perMs: 60_000 }

const budget: Type<MoveBudget> = textual(
  'budget',
  () => noBudget,
  (written) => {
    if (written === 'none') return noBudget
    const [, percent = '', time = ''] = /^([0-9]+(?:\.[0-9]+)?)%\/([0-9a-z]+)$/.exec(written) ?? []
    const perMs = time === '' ? 0 : parseDuration(time)
    const share = Number(percent) / 100
    if (!(share > 0) || !(perMs > 0)) {
      throw new Error(
        `budget "${written}" is not like 2%/1m: a part of the targets, and a time; or none`,
      )
    }
    return { share, perMs }
  },
  ({ share, perMs }) =>
    share === Infinity ? 'none' : `${String(share * 100)}%/${formatDuration(perMs)}`,
)

const defaultMoves: MovesConfig = {
  overlap: 'auto',
  budget: { share: 0.02, perMs: 60_000 },
  member_grace: 30_000,
  silent_after: 3,
  evict_silent: 0,
}

const moves: StructType<MovesConfig> = struct('allocator.Moves', {
  overlap: field(overlap, defaultMoves.overlap),
  budget: field(budget, defaultMoves.budget),
  member_grace: field(duration, defaultMoves.member_grace),
  silent_after: field(uint, defaultMoves.silent_after),
  evict_silent: field(duration, defaultMoves.evict_silent),
})

const zone = struct('allocator.Zone', {
  of: field(list(text)),
  prefer: field(words('zone preference', ['soft', 'strict'], 'soft')),
})

/** Where the mechanisms say on which machine a target runs. */
const nodeLabels: readonly string[] = [
  '__meta_kubernetes_pod_node_name',
  '__meta_kubernetes_node_name',
  '__meta_kubernetes_endpoint_node_name',
  '__meta_kubernetes_endpointslice_endpoint_node_name',
  '__meta_consul_node',
]

const node = struct('allocator.Node', { of: field(list(text), nodeLabels) })

const weights = struct('allocator.Weights', { label: field(text) })

function check(value: AllocatorConfig, at: Decoding): void {
  if (value.members.discovery.length === 0) {
    at.failKey(
      'members',
      'members has no section of service discovery: give consul_sd_configs, dns_sd_configs, file_sd_configs, static_configs or another',
    )
  }
  if (value.key.length === 0) at.failKey('key', 'key is empty: name at least one label')
  const { replication_factor: replicas } = value
  if (replicas < 1 || replicas > mostReplicas) {
    at.failKey('replication_factor', `replication_factor is 1 to ${String(mostReplicas)}`)
  }
  if (value.moves.silent_after < 1) at.failKey('moves', 'silent_after is 1 or more')
}

/** The type of the file. @param mechanisms those that may find members */
export function allocatorSection(mechanisms: readonly Mechanism[]): StructType<AllocatorConfig> {
  const members = withDiscovery(
    'allocator.Members',
    { relabel_configs: field(relabelRules('empty or null member relabeling rule')) },
    mechanisms,
  )
  return struct(
    'allocator.Config',
    {
      members: field(members),
      strategy: field(
        words('strategy', Object.keys(strategies) as StrategyName[], 'rendezvous'),
        'rendezvous',
        { always: true },
      ),
      fallback_strategy: field(words('fallback_strategy', ['none', 'rendezvous'], 'none')),
      key: field(list(text), ['__address__']),
      zone: field(zone, zone.defaults()),
      node: field(node, node.defaults()),
      replication_factor: field(uint, 1),
      max_targets: field(uint, 0),
      weights: field(weights, weights.defaults()),
      moves: field(moves, defaultMoves),
    },
    check,
  )
}

/** What loading needs beside the file. */
export interface LoadAllocatorOptions {
  /** Every mechanism that may find members. */
  readonly mechanisms: Iterable<Mechanism>
  readonly readFile?: ReadFile
  readonly turns?: Turns
}

/**
 * Loads and checks the file of `--allocator.config.file`.
 * @throws {ConfigError} with everything that is wrong, each with its place
 * @throws {ConfigReadError} when the file cannot be read
 */
export async function loadAllocatorConfig(
  file: string,
  options: LoadAllocatorOptions,
): Promise<AllocatorConfig> {
  const { readFile = readConfigFile, turns = new Turns() } = options
  const places = new Places()
  const type = withTargetAllocatorKeys(allocatorSection([...options.mechanisms]))
  const decoded = await parseFile(file, type, places, { readFile, turns })
  const issues = new ConfigIssues(file, places)
  issues.addDecoded(decoded)
  checkRules(decoded.value.members.relabel_configs, 'utf8', issues)
  // An empty file has no key that a check could stand at.
  if (decoded.value.members.discovery.length === 0 && issues.sorted.length === 0) {
    issues.add(decoded.value, undefined, 'members is missing: it says how the members are found')
  }
  issues.throwIfAny(({ message }) => `parsing YAML file ${file}: ${message}`)
  return decoded.value
}

/** What of the file the choice follows. */
export function rulesOf(config: AllocatorConfig): ChoiceRules {
  return {
    strategy: strategies[config.strategy],
    hasFallback: config.fallback_strategy !== 'none',
    replicationFactor: config.replication_factor,
    maxTargets: config.max_targets,
    zones: config.zone.of.length === 0 ? 'none' : config.zone.prefer,
  }
}
