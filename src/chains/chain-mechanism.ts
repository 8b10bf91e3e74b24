import { Gauge, type Registry } from 'prom-client'
import { defer, finalize, map, type Observable } from 'rxjs'
import { type Discovering, withDiscovery } from '../config/sections/discovery.js'
import type {
  Discoverer,
  DiscovererContext,
  DiscoveryConfig,
  Finding,
  FollowedSet,
  Mechanism,
} from '../discovery/mechanism.js'
import type { TargetGroup } from '../discovery/groups/target-group.js'
import { goQuote } from '../go/quote.js'
import { type Labels, labelValue } from '../labels/index.js'
import { maxWork, plainRule, Relabeler } from '../relabel/index.js'
import { errorMessage } from '../telemetry/error-text.js'
import { formatIssue, type Type } from '../yaml/index.js'
import { type ChainConfig, ChainError, sourceSet } from './chain-config.js'
import { type LinkFault, type LinkMaker, type Links, nextLinks, noLinks } from './links.js'
import { filledText, labelsIn } from './template.js'

/** No error names more targets than this. */
const mostNamed = 3

export interface ChainMechanismOptions {
  /** Those that a chain may make configs for. */
  readonly mechanisms: Iterable<Mechanism>
  readonly registry?: Registry
}

/** The sections that a chain makes for each target. */
export function eachSection(mechanisms: Iterable<Mechanism>): Type<Discovering> {
  return withDiscovery('chains.Each', {}, [...mechanisms])
}

/**
 * What makes configs of the targets of a chain's source: the provider `chain/<number>` in the set of the job. It finds
 * no targets itself. No config file names it: a section of it is made by {@link loadChains}.
 */
export function chainMechanism(options: ChainMechanismOptions): Mechanism<ChainConfig> {
  const each = eachSection(options.mechanisms)
  const metrics = options.registry && chainMetrics(options.registry)
  return {
    name: 'chain',
    key: 'chains',
    section: printedChain,
    follows: ({ name }) => sourceSet(name),
    create: (config, context) => new ChainDiscoverer(config, context, each, metrics),
  }
}

/** A chain is printed, and read by {@link loadChains} alone. */
const printedChain: Type<ChainConfig> = {
  name: 'chains.Chain',
  zero() {
    throw new ChainError('a chain is read from a chains file')
  },
  decode() {
    throw new ChainError('a chain is read from a chains file')
  },
  encode: ({ name, job, relabel_configs: rules, limit, each, labels }) => ({
    name,
    job,
    relabel_configs: rules.map(plainRule),
    limit,
    each: each.plain,
    labels,
  }),
}

type ChainMetrics = Gauge<'chain' | 'state'>

function chainMetrics(registry: Registry): ChainMetrics {
  return new Gauge({
    name: 'muster_sd_chain_servers',
    help: 'Current number of targets of a chain source that are followed, over the limit, or make no config.',
    labelNames: ['chain', 'state'],
    registers: [registry],
  })
}

class ChainDiscoverer implements Discoverer {
  readonly #config: ChainConfig
  readonly #context: DiscovererContext
  readonly #each: Type<Discovering>
  readonly #metrics: ChainMetrics | undefined

  constructor(
    config: ChainConfig,
    context: DiscovererContext,
    each: Type<Discovering>,
    metrics: ChainMetrics | undefined,
  ) {
    this.#config = config
    this.#context = context
    this.#each = each
    this.#metrics = metrics
  }

  findings(): Observable<Finding> {
    const { follow } = this.#context
    if (follow === undefined) throw new ChainError('a chain needs the targets of its source')
    return defer(() => {
      const rules = new SourceRules(this.#config)
      const maker = linkMaker(this.#config, this.#each)
      let links = noLinks
      return follow(sourceSet(this.#config.name)).pipe(
        map((source) => {
          links = nextLinks(links, { ...rules.apply(source), isWhole: isWhole(source) }, maker)
          this.#count(links)
          return findingOf(links, source, this.#config)
        }),
      )
    }).pipe(finalize(() => this.#forget()))
  }

  #count({ made, leftOut, faults }: Links): void {
    const { name: chain } = this.#config
    this.#metrics?.set({ chain, state: 'followed' }, made.size)
    this.#metrics?.set({ chain, state: 'over_limit' }, leftOut)
    this.#metrics?.set({ chain, state: 'faulty' }, faults.length)
  }

  #forget(): void {
    for (const state of ['followed', 'over_limit', 'faulty']) {
      this.#metrics?.remove({ chain: this.#config.name, state })
    }
  }
}

function isWhole({ silent }: FollowedSet): boolean {
  return silent.length === 0
}

/** What a chain says: its configs, and what is wrong; complete once its source is. */
export function findingOf(
  { made, faults, leftOut }: Links,
  source: FollowedSet,
  { limit }: ChainConfig,
): Finding {
  const configs = [...made.values()].flat()
  const wrong = [
    ...(leftOut === 0
      ? []
      : [
          `${String(leftOut)} more targets than the limit of ${String(limit)}: raise it, or let relabel_configs keep fewer`,
        ]),
    ...(faults.length === 0 ? [] : [faultText(faults)]),
  ]
  return {
    configs,
    ...(isWhole(source) && { complete: true }),
    ...(wrong.length > 0 && { trouble: { error: new ChainError(wrong.join('; ')) } }),
  }
}

function faultText(faults: readonly LinkFault[]): string {
  const named = faults
    .slice(0, mostNamed)
    .map(({ address, reason }) => `${goQuote(address)}: ${reason}`)
  const more = faults.length - named.length
  const rest = more > 0 ? `; and ${String(more)} more` : ''
  return `no config for ${named.join('; ')}${rest}`
}

/** Makes the configs of a chain for one target. */
export function linkMaker(config: ChainConfig, each: Type<Discovering>): LinkMaker {
  const { limit, each: template, labels: carried } = config
  const names = new Set<string>()
  for (const text of Object.values(carried)) labelsIn(text).forEach((name) => names.add(name))
  template.read(each, (text) => {
    labelsIn(text).forEach((name) => names.add(name))
    return text
  })
  return {
    limit,
    keyOf: (labels) => JSON.stringify(Array.from(names, (name) => labelValue(labels, name))),
    make(labels) {
      const { value, issues } = template.read(each, (text, { path }) =>
        filledText(text, path, labels),
      )
      const [first] = issues
      if (first !== undefined) throw new ChainError(formatIssue(first))
      return withLabels(value.discovery, carriedLabels(carried, labels))
    },
  }
}

/** A label with one that the target does not have is left out, as Prometheus leaves out an empty label. */
function carriedLabels(carried: ChainConfig['labels'], labels: Labels): Labels {
  const given = Object.entries(carried).filter(([, text]) => {
    return labelsIn(text).every((name) => labelValue(labels, name) !== '')
  })
  return Object.fromEntries(given.map(([name, text]) => [name, filledText(text, '', labels)]))
}

function withLabels(
  configs: readonly DiscoveryConfig[],
  labels: Labels,
): readonly DiscoveryConfig[] {
  if (Object.keys(labels).length === 0) return configs
  return configs.map((config) => ({ ...config, labels }))
}

/** What rules made of one group. */
interface Judged {
  readonly kept: readonly Labels[]
  readonly faults: readonly LinkFault[]
}

/** Applies the rules of a chain, to each group once. */
class SourceRules {
  readonly #relabeler: Relabeler
  readonly #judged = new WeakMap<TargetGroup, Judged>()

  constructor({ relabel_configs: rules }: ChainConfig) {
    this.#relabeler = new Relabeler(rules, 'utf8', maxWork)
  }

  apply({ groups }: FollowedSet): Judged {
    const all = groups.map((group) => this.#group(group))
    return {
      kept: all.flatMap(({ kept }) => kept),
      faults: all.flatMap(({ faults }) => faults),
    }
  }

  #group(group: TargetGroup): Judged {
    const known = this.#judged.get(group)
    if (known !== undefined) return known
    const kept: Labels[] = []
    const faults: LinkFault[] = []
    for (const target of group.targets) {
      const labels = { ...group.labels, ...target }
      try {
        const relabeled = this.#relabeler.apply(labels)
        if (relabeled !== undefined) kept.push(relabeled)
      } catch (error) {
        faults.push({ address: labelValue(labels, '__address__'), reason: errorMessage(error) })
      }
    }
    const judged = { kept, faults }
    this.#judged.set(group, judged)
    return judged
  }
}
