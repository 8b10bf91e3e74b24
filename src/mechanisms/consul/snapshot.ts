import { joinHostPort } from '../../go/host-port.js'
import type { Labels } from '../../labels/index.js'
import type { TargetGroup } from '../../discovery/groups/target-group.js'
import { labelNames } from '../kit/label-names.js'
import type { Check, ServiceEntry } from './answers.js'

interface Instance {
  readonly labels: Labels
  readonly tags: readonly string[]
}

/**
 * What one answer said about a service, kept as small as its target group: the same answer serves
 * configs that join tags with different separators.
 */
export class ServiceSnapshot {
  readonly #name: string
  readonly #labels: Labels
  readonly #instances: readonly Instance[]
  readonly #groups = new Map<string, TargetGroup>()

  constructor(
    name: string,
    datacenter: string,
    entries: readonly ServiceEntry[],
    names: LabelNames,
  ) {
    this.#name = name
    this.#labels = { __meta_consul_service: name, __meta_consul_dc: datacenter }
    this.#instances = entries.map((entry) => ({
      labels: labelsOf(entry, names),
      tags: entry.Service.Tags ?? [],
    }))
  }

  /** Its target group, with the tags joined and surrounded by a separator. */
  group(separator: string): TargetGroup {
    const known = this.#groups.get(separator)
    if (known !== undefined) return known
    const group = {
      source: this.#name,
      labels: this.#labels,
      targets: this.#instances.map(({ labels, tags }) => {
        const joined = joinTags(tags, separator)
        return joined === labels['__meta_consul_tags']
          ? labels
          : { ...labels, __meta_consul_tags: joined }
      }),
    }
    this.#groups.set(separator, group)
    return group
  }
}

/** `,a,b,`: a rule need not know where in the list a tag stands. No tags give two separators. */
function joinTags(tags: readonly string[], separator: string): string {
  return tags.length === 0 ? separator + separator : ['', ...tags, ''].join(separator)
}

function labelsOf(
  { Node: node, Service: service, Checks: checks }: ServiceEntry,
  names: LabelNames,
): Labels {
  const { Address: nodeAddress = '' } = node
  const { Address: ownAddress = '', Port: port = 0 } = service
  // One literal first, so that all targets share a hidden class; names never repeat those above.
  const labels: Record<string, string> = {
    __address__: joinHostPort(ownAddress === '' ? nodeAddress : ownAddress, port),
    __meta_consul_address: nodeAddress,
    __meta_consul_node: node.Node ?? '',
    __meta_consul_namespace: service.Namespace ?? '',
    __meta_consul_partition: service.Partition ?? '',
    __meta_consul_tags: joinTags(service.Tags ?? [], ','),
    __meta_consul_service_address: ownAddress,
    __meta_consul_service_port: String(port),
    __meta_consul_service_id: service.ID ?? '',
    __meta_consul_health: aggregatedStatus(checks ?? []),
  }
  addAll(labels, names.metadata, node.Meta)
  addAll(labels, names.serviceMetadata, service.Meta)
  addAll(labels, names.taggedAddress, node.TaggedAddresses)
  return labels
}

function addAll(
  labels: Record<string, string>,
  nameOf: (key: string) => string,
  values: Readonly<Record<string, string>> | null | undefined,
): void {
  if (values === undefined || values === null) return
  for (const [key, value] of Object.entries(values)) labels[nameOf(key)] = value
}

/**
 * The label names of metadata and tagged addresses, each made once, so that all targets share one
 * string a name.
 */
export class LabelNames {
  readonly metadata: (key: string) => string = labelNames('__meta_consul_metadata_')
  readonly serviceMetadata: (key: string) => string = labelNames('__meta_consul_service_metadata_')
  readonly taggedAddress: (key: string) => string = labelNames('__meta_consul_tagged_address_')
}

const ranks: ReadonlyMap<string, number> = new Map([
  ['passing', 0],
  ['warning', 1],
  ['critical', 2],
])
const statuses = ['passing', 'warning', 'critical', 'maintenance'] as const

function isMaintenance(id: string): boolean {
  return id === '_node_maintenance' || id.startsWith('_service_maintenance:')
}

/**
 * The worst of an instance's checks: maintenance, then critical, warning, passing. No checks are
 * passing; a status that Consul does not have gives the empty text, whatever the other checks say
 * (HealthChecks.AggregatedStatus of Consul's own library).
 */
export function aggregatedStatus(checks: readonly Check[]): string {
  let worst = 0
  for (const { CheckID: id = '', Status: status = '' } of checks) {
    const rank = isMaintenance(id) ? 3 : ranks.get(status)
    if (rank === undefined) return ''
    if (rank > worst) worst = rank
  }
  return statuses[worst] ?? ''
}
