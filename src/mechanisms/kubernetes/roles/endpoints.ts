import type { TargetGroup } from '../../../discovery/groups/target-group.js'
import { joinHostPort } from '../../../go/host-port.js'
import type { Labels } from '../../../labels/index.js'
import type { EndpointAddress, Endpoints, ObjectReference, Port } from '../objects.js'
import { addMeta } from './label-maker.js'
import { addNamespace, keyOf, type Lookups, valueOf } from './lookups.js'
import { NamedPods } from './pod.js'
import { addService } from './service.js'

/** A target for each address and port, and for each other port of the pods that it names. */
export function endpointsGroup(endpoints: Endpoints, lookups: Lookups): TargetGroup {
  const { maker } = lookups
  const labels = ['__meta_kubernetes_namespace', endpoints.namespace]
  const service = lookups.service(keyOf(endpoints))
  if (service !== undefined) addService(labels, service, lookups)
  addMeta(labels, maker.endpoints, endpoints)
  addNamespace(labels, endpoints.namespace, lookups)
  const pods = new NamedPods(lookups)
  const targets: Labels[] = []
  for (const { addresses, notReadyAddresses, ports } of endpoints.subsets) {
    for (const port of ports) {
      for (const address of addresses) targets.push(targetOf(address, port, 'true', pods, lookups))
      for (const address of notReadyAddresses) {
        targets.push(targetOf(address, port, 'false', pods, lookups))
      }
    }
  }
  targets.push(...pods.others())
  return { source: `endpoints/${keyOf(endpoints)}`, labels: maker.labels(labels), targets }
}

function targetOf(
  { ip, hostname, nodeName, target }: EndpointAddress,
  { name, number = 0, protocol }: Port,
  ready: string,
  pods: NamedPods,
  lookups: Lookups,
): Labels {
  const { maker } = lookups
  const pairs = ['__address__', joinHostPort(ip, maker.port(number))]
  pairs.push('__meta_kubernetes_endpoint_port_name', name)
  pairs.push('__meta_kubernetes_endpoint_port_protocol', protocol)
  pairs.push('__meta_kubernetes_endpoint_ready', ready)
  if (target !== undefined) {
    pairs.push('__meta_kubernetes_endpoint_address_target_kind', target.kind)
    pairs.push('__meta_kubernetes_endpoint_address_target_name', target.name)
  }
  if (nodeName !== undefined) pairs.push('__meta_kubernetes_endpoint_node_name', nodeName)
  if (hostname !== '') pairs.push('__meta_kubernetes_endpoint_hostname', hostname)
  const nodeOfIt = nodeOf({ nodeName, target })
  const node = nodeOfIt === undefined ? undefined : lookups.node?.(nodeOfIt)
  if (node !== undefined) addMeta(pairs, maker.node, node)
  const pod = podOf(target, lookups)
  if (pod !== undefined) pods.add(pairs, pod, number, protocol)
  return maker.labels(pairs)
}

function nodeOf({
  nodeName,
  target,
}: Pick<EndpointAddress, 'nodeName' | 'target'>): string | undefined {
  return nodeName ?? (target?.kind === 'Node' ? target.name : undefined)
}

/** The pod that is meant, where it is one and is known. */
export function podOf(
  target: ObjectReference | undefined,
  { pod }: Pick<Lookups, 'pod'>,
): ReturnType<Lookups['pod']> {
  return target?.kind === 'Pod' ? pod(keyOf(target)) : undefined
}

function* allAddresses({ subsets }: Endpoints): Generator<EndpointAddress> {
  for (const { addresses, notReadyAddresses } of subsets) {
    yield* addresses
    yield* notReadyAddresses
  }
}

/** The pods that it names, by their `namespace/name`. */
export function podsOfEndpoints(endpoints: Endpoints): readonly string[] {
  return podKeys(allAddresses(endpoints))
}

/** The nodes that it names. */
export function nodesOfEndpoints(endpoints: Endpoints): readonly string[] {
  const names = new Set<string>()
  for (const address of allAddresses(endpoints)) names.add(nodeOf(address) ?? '')
  return [...names]
}

/** The pods that these targets are. */
export function podKeys(
  targets: Iterable<{ readonly target: ObjectReference | undefined }>,
): readonly string[] {
  const keys = new Set<string>()
  for (const { target } of targets) if (target?.kind === 'Pod') keys.add(keyOf(target))
  return [...keys]
}

/** The warning for endpoints that may not name all that the service has. */
export function overCapacity({ labels }: Endpoints): string | undefined {
  const value = valueOf(labels, 'endpoints.kubernetes.io/over-capacity')
  if (value !== 'truncated' && value !== 'warning') return undefined
  return (
    'Number of endpoints in one Endpoints object exceeds 1000' +
    (value === 'truncated' ? ' and has been truncated' : '') +
    ', please use "role: endpointslice" instead'
  )
}
