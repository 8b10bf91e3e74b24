import type { TargetGroup } from '../../../discovery/groups/target-group.js'
import { joinHostPort } from '../../../go/host-port.js'
import type { Labels } from '../../../labels/index.js'
import type { EndpointSlice, Port, Service, SliceEndpoint } from '../objects.js'
import { podKeys, podOf } from './endpoints.js'
import { addEach, addMeta } from './label-maker.js'
import { addNamespace, keyOf, type Lookups, valueOf } from './lookups.js'
import { NamedPods } from './pod.js'
import { addService } from './service.js'

/** A target for each address and port, and for each other port of the pods that it names. */
export function endpointSliceGroup(slice: EndpointSlice, lookups: Lookups): TargetGroup {
  const { maker } = lookups
  const source = `endpointslice/${keyOf(slice)}`
  const labels = ['__meta_kubernetes_namespace', slice.namespace]
  labels.push('__meta_kubernetes_endpointslice_address_type', slice.addressType)
  addMeta(labels, maker.endpointslice, slice)
  const [serviceKey] = serviceOfSlice(slice)
  const service = serviceKey === undefined ? undefined : lookups.service(serviceKey)
  if (service !== undefined) addService(labels, service, lookups)
  addNamespace(labels, slice.namespace, lookups)
  const group = { source, labels: maker.labels(labels) }
  if (isSecondFamily(slice, service)) return { ...group, targets: [] }
  const pods = new NamedPods(lookups)
  const targets: Labels[] = []
  for (const endpoint of slice.endpoints) {
    for (const port of slice.ports) {
      for (const address of endpoint.addresses) {
        targets.push(targetOf(address, endpoint, port, pods, lookups))
      }
    }
  }
  targets.push(...pods.others())
  return { ...group, targets }
}

function targetOf(
  address: string,
  endpoint: SliceEndpoint,
  { name, number, protocol, appProtocol }: Port,
  pods: NamedPods,
  lookups: Lookups,
): Labels {
  const { maker } = lookups
  const { target } = endpoint
  const port = number === undefined ? undefined : maker.port(number)
  const pairs = ['__address__', port === undefined ? address : joinHostPort(address, port)]
  const add = (key: string, value: string | boolean | undefined): void => {
    if (value !== undefined) pairs.push(key, String(value))
  }
  add('__meta_kubernetes_endpointslice_port_name', name)
  add('__meta_kubernetes_endpointslice_port_protocol', protocol)
  add('__meta_kubernetes_endpointslice_port', port)
  add('__meta_kubernetes_endpointslice_port_app_protocol', appProtocol)
  add('__meta_kubernetes_endpointslice_endpoint_conditions_ready', endpoint.ready)
  add('__meta_kubernetes_endpointslice_endpoint_conditions_serving', endpoint.serving)
  add('__meta_kubernetes_endpointslice_endpoint_conditions_terminating', endpoint.terminating)
  add('__meta_kubernetes_endpointslice_endpoint_hostname', endpoint.hostname)
  add('__meta_kubernetes_endpointslice_address_target_kind', target?.kind)
  add('__meta_kubernetes_endpointslice_address_target_name', target?.name)
  add('__meta_kubernetes_endpointslice_endpoint_node_name', endpoint.nodeName)
  add('__meta_kubernetes_endpointslice_endpoint_zone', endpoint.zone)
  addEach(pairs, maker.topology, maker.topologyPresent, endpoint.topology)
  const nodeOfIt = nodeOf(endpoint)
  const node = nodeOfIt === undefined ? undefined : lookups.node?.(nodeOfIt)
  if (node !== undefined) addMeta(pairs, maker.node, node)
  const pod = podOf(target, lookups)
  if (pod !== undefined) pods.add(pairs, pod, number, undefined)
  return maker.labels(pairs)
}

/**
 * Whether a slice has the addresses of the second family of a service with two: those of the first
 * family are targets already.
 */
function isSecondFamily(
  { addressType }: EndpointSlice,
  service: Pick<Service, 'ipFamilies' | 'ipFamilyPolicy'> | undefined,
): boolean {
  if (service === undefined) return false
  const { ipFamilies, ipFamilyPolicy } = service
  if (ipFamilyPolicy !== 'PreferDualStack' && ipFamilyPolicy !== 'RequireDualStack') return false
  return ipFamilies.length > 0 && ipFamilies[0] !== addressType
}

function nodeOf({ nodeName, target }: SliceEndpoint): string | undefined {
  return target?.kind === 'Node' ? target.name : nodeName
}

/** The service that it belongs to, by its `namespace/name`; none where it does not say. */
export function serviceOfSlice({ namespace, labels }: EndpointSlice): readonly string[] {
  const name = valueOf(labels, 'kubernetes.io/service-name')
  return name === undefined ? [] : [keyOf({ namespace, name })]
}

/** The pods that it names, by their `namespace/name`. */
export function podsOfSlice({ endpoints }: EndpointSlice): readonly string[] {
  return podKeys(endpoints)
}

/** The nodes that it names. */
export function nodesOfSlice({ endpoints }: EndpointSlice): readonly string[] {
  return [...new Set(endpoints.map((one) => nodeOf(one) ?? ''))]
}
