import type { Container, Meta, Pod, Port } from '../objects.js'
import { elements, members, number, shared, text } from './json.js'
import { both, metaOf, noMeta, readMeta } from './meta.js'
import type { Strings } from './strings.js'
import { lengthTag, varintTag, type Wire } from './wire.js'

const noPorts: readonly Port[] = Object.freeze<Port[]>([])

/** What a container is before its status is known. */
interface Declared {
  readonly name: string
  readonly image: string
  readonly ports: readonly Port[]
}

interface Spec {
  readonly nodeName: string
  readonly containers: readonly Declared[]
  readonly initContainers: readonly Declared[]
}

/** The id of each container that has started. */
interface ContainerId {
  readonly name: string
  readonly id: string
}

interface Status {
  readonly phase: string
  readonly ip: string
  readonly hostIp: string
  readonly ready: string
  readonly ids: readonly ContainerId[]
  readonly initIds: readonly ContainerId[]
}

const noSpec: Spec = { nodeName: '', containers: [], initContainers: [] }
const noStatus: Status = { phase: '', ip: '', hostIp: '', ready: '', ids: [], initIds: [] }

/** `Pod` of core/v1. */
export function readPod(wire: Wire, end: number): Pod {
  let meta = noMeta
  let spec = noSpec
  let status = noStatus
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) meta = readMeta(wire)
    else if (tag === lengthTag(2)) spec = readSpec(wire)
    else if (tag === lengthTag(3)) status = readStatus(wire)
    else wire.skip(tag)
  }
  wire.made += spec.containers.length + spec.initContainers.length
  return podOf(meta, spec, status)
}

/** The twin of {@link readPod}. */
export function podFrom(value: unknown, strings: Strings): Pod {
  const { metadata, spec, status } = members(value)
  return podOf(metaOf(metadata, strings), specOf(spec, strings), statusOf(status, strings))
}

function podOf(meta: Meta, spec: Spec, status: Status): Pod {
  const own = spec.containers.map((one) => containerOf(one, status.ids, false))
  const init = spec.initContainers.map((one) => containerOf(one, status.initIds, true))
  return {
    namespace: meta.namespace,
    name: meta.name,
    uid: meta.uid,
    resourceVersion: meta.resourceVersion,
    labels: meta.labels,
    annotations: meta.annotations,
    owners: meta.owners,
    ip: status.ip,
    hostIp: status.hostIp,
    nodeName: spec.nodeName,
    phase: status.phase,
    ready: status.ready,
    // Not pushed one by one: a list that grows has room for more than it will ever hold.
    containers: init.length === 0 ? own : [...own, ...init],
  }
}

function containerOf(
  { name, image, ports }: Declared,
  ids: readonly ContainerId[],
  isInit: boolean,
): Container {
  let id = ''
  for (const one of ids) if (one.name === name) id = one.id
  return { name, image, id, isInit, ports }
}

function readSpec(wire: Wire): Spec {
  const end = wire.end()
  let nodeName = ''
  const containers: Declared[] = []
  const initContainers: Declared[] = []
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(2)) containers.push(readContainer(wire))
    else if (tag === lengthTag(10)) nodeName = wire.shared()
    else if (tag === lengthTag(20)) initContainers.push(readContainer(wire))
    else wire.skip(tag)
  }
  wire.leave(end)
  return { nodeName, containers, initContainers }
}

function specOf(value: unknown, strings: Strings): Spec {
  const spec = members(value)
  const declared = (list: unknown): readonly Declared[] =>
    elements(list).map((container) => {
      const { name, image, ports } = members(container)
      return {
        name: shared(name, strings),
        image: shared(image, strings),
        ports: elements(ports).map((port) => portOf(port, strings)),
      }
    })
  return {
    nodeName: shared(spec['nodeName'], strings),
    containers: declared(spec['containers']),
    initContainers: declared(spec['initContainers']),
  }
}

function readContainer(wire: Wire): Declared {
  const end = wire.end()
  let name = ''
  let image = ''
  let ports = noPorts
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) name = wire.shared()
    else if (tag === lengthTag(2)) image = wire.shared()
    else if (tag === lengthTag(6)) ports = both(ports, wire.sharedList(tag, end, readPort))
    else wire.skip(tag)
  }
  wire.leave(end)
  return { name, image, ports }
}

function readPort(wire: Wire, to: Port[]): void {
  const end = wire.end()
  let name = ''
  let number = 0
  let protocol = ''
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) name = wire.shared()
    else if (tag === varintTag(3)) number = wire.uint()
    else if (tag === lengthTag(4)) protocol = wire.shared()
    else wire.skip(tag)
  }
  wire.leave(end)
  to.push({ name, number, protocol })
}

function portOf(value: unknown, strings: Strings): Port {
  const port = members(value)
  return {
    name: shared(port['name'], strings),
    number: number(port['containerPort']),
    protocol: shared(port['protocol'], strings),
  }
}

function readStatus(wire: Wire): Status {
  const end = wire.end()
  let phase = ''
  let ip = ''
  let hostIp = ''
  let ready = ''
  const ids: ContainerId[] = []
  const initIds: ContainerId[] = []
  while (wire.at < end) {
    const tag = wire.uint()
    switch (tag) {
      case lengthTag(1):
        phase = wire.shared()
        break
      case lengthTag(2):
        ready = readReady(wire) ?? ready
        break
      case lengthTag(5):
        hostIp = wire.shared()
        break
      case lengthTag(6):
        ip = wire.text()
        break
      case lengthTag(8):
        ids.push(readContainerId(wire))
        break
      case lengthTag(10):
        initIds.push(readContainerId(wire))
        break
      default:
        wire.skip(tag)
    }
  }
  wire.leave(end)
  return { phase, ip, hostIp, ready, ids, initIds }
}

function statusOf(value: unknown, strings: Strings): Status {
  const status = members(value)
  let ready = ''
  for (const condition of elements(status['conditions'])) {
    const { type, status } = members(condition)
    if (type === 'Ready') ready = shared(status, strings)
  }
  return {
    phase: shared(status['phase'], strings),
    ip: text(status['podIP']),
    hostIp: shared(status['hostIP'], strings),
    ready,
    ids: containerIdsOf(status['containerStatuses']),
    initIds: containerIdsOf(status['initContainerStatuses']),
  }
}

function containerIdsOf(list: unknown): readonly ContainerId[] {
  return elements(list).map((one) => {
    const { name, containerID } = members(one)
    return { name: text(name), id: text(containerID) }
  })
}

/** The status of the condition `Ready`; undefined for another one. */
function readReady(wire: Wire): string | undefined {
  const end = wire.end()
  let type = ''
  let status = ''
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) {
      type = wire.shared()
      if (type !== 'Ready') {
        wire.at = end
        return undefined
      }
    } else if (tag === lengthTag(2)) status = wire.shared()
    else wire.skip(tag)
  }
  wire.leave(end)
  return type === 'Ready' ? status : undefined
}

function readContainerId(wire: Wire): ContainerId {
  const end = wire.end()
  let name = ''
  let id = ''
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) name = wire.shared()
    else if (tag === lengthTag(8)) id = wire.text()
    else wire.skip(tag)
  }
  wire.leave(end)
  return { name, id }
}
