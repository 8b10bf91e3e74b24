import type { TargetGroup } from '../../../discovery/groups/target-group.js'
import { toLower } from '../../../go/case.js'
import { joinHostPort } from '../../../go/host-port.js'
import type { Labels } from '../../../labels/index.js'
import type { Container, Meta, Owner, Pod, Port } from '../objects.js'
import { addMeta } from './label-maker.js'
import { addNamespace, emptyGroup, keyOf, type Lookups } from './lookups.js'

/** A target for each port of each container, and one for each container without ports. */
export function podGroup(pod: Pod, lookups: Lookups): TargetGroup {
  const source = `pod/${keyOf(pod)}`
  const { maker } = lookups
  const node = lookups.node?.(pod.nodeName)
  // It has no address before it has started and after it was evicted. A selector may leave out its node.
  if (pod.ip === '' || (lookups.node !== undefined && node === undefined)) return emptyGroup(source)
  const pairs = ['__meta_kubernetes_namespace', pod.namespace]
  addPod(pairs, pod, lookups)
  if (node !== undefined) addMeta(pairs, maker.node, node)
  addNamespace(pairs, pod.namespace, lookups)
  const targets: Labels[] = []
  for (const container of pod.containers) {
    if (container.ports.length === 0) {
      targets.push({
        __address__: pod.ip,
        __meta_kubernetes_pod_container_name: container.name,
        __meta_kubernetes_pod_container_id: container.id,
        __meta_kubernetes_pod_container_image: container.image,
        __meta_kubernetes_pod_container_init: String(container.isInit),
      })
    }
    for (const { name, number = 0, protocol } of container.ports) {
      const port = maker.port(number)
      targets.push({
        __address__: joinHostPort(pod.ip, port),
        __meta_kubernetes_pod_container_name: container.name,
        __meta_kubernetes_pod_container_id: container.id,
        __meta_kubernetes_pod_container_image: container.image,
        __meta_kubernetes_pod_container_init: String(container.isInit),
        __meta_kubernetes_pod_container_port_name: name,
        __meta_kubernetes_pod_container_port_number: port,
        __meta_kubernetes_pod_container_port_protocol: protocol,
      })
    }
  }
  // A list that has grown has room for more: there is one for each pod, for as long as it lives.
  return { source, labels: maker.labels(pairs), targets: targets.slice() }
}

/** The labels of a pod itself. */
export function addPod(pairs: string[], pod: Pod, lookups: Lookups): void {
  pairs.push('__meta_kubernetes_pod_ip', pod.ip)
  pairs.push('__meta_kubernetes_pod_ready', pod.ready === '' ? 'unknown' : toLower(pod.ready))
  pairs.push('__meta_kubernetes_pod_phase', pod.phase)
  pairs.push('__meta_kubernetes_pod_node_name', pod.nodeName)
  pairs.push('__meta_kubernetes_pod_host_ip', pod.hostIp)
  pairs.push('__meta_kubernetes_pod_uid', pod.uid)
  addMeta(pairs, lookups.maker.pod, pod)
  const owner = controllerOf(pod)
  if (owner === undefined) return
  pairs.push('__meta_kubernetes_pod_controller_kind', owner.kind)
  pairs.push('__meta_kubernetes_pod_controller_name', owner.name)
  const ownerKey = keyOf({ namespace: pod.namespace, name: owner.name })
  if (owner.kind === 'ReplicaSet') {
    const above = controllerOf(lookups.replicaSet?.(ownerKey))
    if (above?.kind === 'Deployment') {
      pairs.push('__meta_kubernetes_pod_deployment_name', above.name)
    }
  } else if (owner.kind === 'Job') {
    if (lookups.withJobName) pairs.push('__meta_kubernetes_pod_job_name', owner.name)
    const above = controllerOf(lookups.job?.(ownerKey))
    if (above?.kind === 'CronJob') pairs.push('__meta_kubernetes_pod_cronjob_name', above.name)
  }
}

/** The owner that manages an object. */
export function controllerOf(object: Pick<Meta, 'owners'> | undefined): Owner | undefined {
  return object?.owners.find(({ isController }) => isController)
}

/** The labels of a container's port, for a target that is not the container's own. */
function addContainerPort(
  pairs: string[],
  container: Container,
  port: Port,
  protocol: string,
  { maker }: Lookups,
): void {
  pairs.push('__meta_kubernetes_pod_container_name', container.name)
  pairs.push('__meta_kubernetes_pod_container_image', container.image)
  pairs.push('__meta_kubernetes_pod_container_port_name', port.name)
  pairs.push('__meta_kubernetes_pod_container_port_number', maker.port(port.number ?? 0))
  pairs.push('__meta_kubernetes_pod_container_port_protocol', protocol)
  pairs.push('__meta_kubernetes_pod_container_init', String(container.isInit))
}

/** A pod that endpoints or a slice name. */
interface NamedPod {
  readonly pod: Pod
  /** Its own labels, as pairs. */
  readonly pairs: readonly string[]
  /** The ports at which it is named. */
  readonly ports: Set<number>
}

/** The pods that endpoints or a slice name: what their targets get of them, and the targets beside these. */
export class NamedPods {
  readonly #lookups: Lookups
  readonly #pods = new Map<string, NamedPod>()

  constructor(lookups: Lookups) {
    this.#lookups = lookups
  }

  /**
   * Adds the labels of a pod, and of its containers that have this port: of several the last one's.
   * @param protocol of the port that is named; undefined: that of the container counts
   */
  add(pairs: string[], pod: Pod, number: number | undefined, protocol: string | undefined): void {
    const named = this.#named(pod)
    for (const part of named.pairs) pairs.push(part)
    if (number === undefined) return
    named.ports.add(number)
    for (const container of pod.containers) {
      const port = container.ports.find((one) => one.number === number)
      if (port === undefined) continue
      addContainerPort(pairs, container, port, protocol ?? port.protocol, this.#lookups)
    }
  }

  /** Targets for the ports of these pods at which they are not named. */
  *others(): Generator<Labels> {
    const { maker } = this.#lookups
    for (const { pod, pairs, ports } of this.#pods.values()) {
      if (pod.ip === '') continue
      for (const container of pod.containers) {
        for (const port of container.ports) {
          const { number = 0 } = port
          if (ports.has(number)) continue
          const other = ['__address__', joinHostPort(pod.ip, maker.port(number)), ...pairs]
          addContainerPort(other, container, port, port.protocol, this.#lookups)
          yield maker.labels(other)
        }
      }
    }
  }

  #named(pod: Pod): NamedPod {
    const key = keyOf(pod)
    const known = this.#pods.get(key)
    if (known !== undefined) return known
    const pairs: string[] = []
    addPod(pairs, pod, this.#lookups)
    const named = { pod, pairs, ports: new Set<number>() }
    this.#pods.set(key, named)
    return named
  }
}
