import type { TargetGroup } from '../../../discovery/groups/target-group.js'
import { toLower } from '../../../go/case.js'
import { joinHostPort } from '../../../go/host-port.js'
import type { Node } from '../objects.js'
import { addMeta } from './label-maker.js'
import type { Lookups } from './lookups.js'

/** Which address of a node counts: the first of these types that it has. */
const preferred = [
  'InternalIP',
  'InternalDNS',
  'ExternalIP',
  'ExternalDNS',
  'LegacyHostIP',
  'Hostname',
]

/** One target: the kubelet of the node. @returns undefined for a node without any address */
export function nodeGroup(node: Node, { maker }: Lookups): TargetGroup | undefined {
  const addresses = addressesOf(node)
  const type = preferredOf(addresses)
  if (type === undefined) return undefined
  const labels = ['__meta_kubernetes_node_provider_id', node.providerId]
  for (const { type: condition, status } of node.conditions) {
    labels.push(maker.nodeCondition(toLower(condition)), toLower(status))
  }
  addMeta(labels, maker.node, node)
  const address = joinHostPort(addresses.get(type) ?? '', node.kubeletPort)
  const target = ['__address__', address, 'instance', node.name]
  for (const [of, one] of addresses) target.push(maker.nodeAddress(of), one)
  return {
    source: `node/${node.name}`,
    labels: maker.labels(labels),
    targets: [maker.labels(target)],
  }
}

/** The first address of each type. */
function addressesOf({ addresses }: Node): ReadonlyMap<string, string> {
  const first = new Map<string, string>()
  for (const { type, address } of addresses) if (!first.has(type)) first.set(type, address)
  return first
}

function preferredOf(addresses: ReadonlyMap<string, string>): string | undefined {
  return preferred.find((type) => addresses.has(type))
}

/** The warning for a node that can be no target. */
export function withoutAddress(node: Node): string | undefined {
  return preferredOf(addressesOf(node)) === undefined ? 'No node address found' : undefined
}
