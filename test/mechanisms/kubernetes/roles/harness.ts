import type { TargetGroup } from '../../../../src/discovery/index.js'
import type { Labels } from '../../../../src/labels/index.js'
import type { Meta, Node, Pod, Service } from '../../../../src/mechanisms/kubernetes/objects.js'
import { overCapacity } from '../../../../src/mechanisms/kubernetes/roles/endpoints.js'
import { LabelMaker } from '../../../../src/mechanisms/kubernetes/roles/label-maker.js'
import { keyOf, type Lookups } from '../../../../src/mechanisms/kubernetes/roles/lookups.js'
import { container, endpoints, meta, pod, port } from '../objects.js'

/** What there is beside the object; what is left out is not attached. */
export interface Known {
  readonly services?: readonly Service[]
  readonly pods?: readonly Pod[]
  readonly nodes?: readonly Node[]
  readonly namespaces?: readonly Meta[]
  readonly replicaSets?: readonly Meta[]
  readonly jobs?: readonly Meta[]
  readonly withJobName?: boolean
}

function byKey<O extends Meta>(objects: readonly O[] | undefined): (key: string) => O | undefined {
  return (key) => objects?.find((one) => keyOf(one) === key)
}

export function lookups(known: Known = {}): Lookups {
  return {
    maker: new LabelMaker(),
    service: byKey(known.services),
    pod: byKey(known.pods),
    node: known.nodes && byKey(known.nodes),
    namespace: known.namespaces && byKey(known.namespaces),
    replicaSet: known.replicaSets && byKey(known.replicaSets),
    job: known.jobs && byKey(known.jobs),
    withJobName: known.withJobName ?? false,
  }
}

/** The labels of each target, without the prefix that they share and without what is empty. */
export function targets(group: TargetGroup | undefined): readonly Labels[] {
  return (group?.targets ?? []).map(short)
}

export function short(labels: Labels): Labels {
  return Object.fromEntries(
    Object.entries(labels)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => [name.replace('__meta_kubernetes_', ''), value]),
  )
}

/** Those labels of a group whose names begin like this. */
export function starting(group: TargetGroup | undefined, prefix: string): Labels {
  return Object.fromEntries(
    Object.entries(short(group?.labels ?? {})).filter(([name]) => name.startsWith(prefix)),
  )
}

export const odd = meta({
  labels: ['app.kubernetes.io/name', 'a', 'é', '', 'x-y', '1', 'x.y', '2'],
  annotations: ['a/b', '{"json":\n"value"}'],
})

/** Addresses of these types, the first one 127.9.0.1. */
export const withAddresses = (...types: readonly string[]): Pick<Node, 'addresses'> => ({
  addresses: types.map((type, at) => ({ type, address: `127.9.0.${String(at + 1)}` })),
})

export const webPod = pod({
  name: 'web-1',
  labels: ['app', 'web'],
  containers: [
    container('main', { ports: [port(80, { name: 'http' }), port(81, { name: 'metrics' })] }),
    container('side'),
  ],
})

/** The labels of a pod in the target of endpoints. */
export const ofWebPod = {
  pod_ip: '127.1.0.1',
  pod_ready: 'true',
  pod_phase: 'Running',
  pod_node_name: 'n1',
  pod_host_ip: '127.9.0.1',
  pod_uid: 'uid-1',
  pod_name: 'web-1',
  pod_label_app: 'web',
  pod_labelpresent_app: 'true',
}
export const ofHttp = {
  pod_container_name: 'main',
  pod_container_image: 'main:1',
  pod_container_init: 'false',
  pod_container_port_name: 'http',
  pod_container_port_number: '80',
  pod_container_port_protocol: 'TCP',
}
/** The target for the port of the pod that is not named. */
export const ofMetrics = {
  __address__: '127.1.0.1:81',
  ...ofWebPod,
  ...ofHttp,
  pod_container_port_name: 'metrics',
  pod_container_port_number: '81',
}

/** The warning for endpoints with this label. */
export const said = (value: string): string | undefined =>
  overCapacity(endpoints([], { labels: ['endpoints.kubernetes.io/over-capacity', value] }))
