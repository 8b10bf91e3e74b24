import type { EndpointSlice, ObjectReference, Port, SliceEndpoint } from '../objects.js'
import { elements, members, noPairs, optional, pairs, shared, text, truth } from './json.js'
import { metaOf, noMeta, readMeta, readPair, readReference, referenceOf } from './meta.js'
import type { Strings } from './strings.js'
import { lengthTag, varintTag, type Wire } from './wire.js'

/** `EndpointSlice` of discovery.k8s.io. */
export function readSlice(wire: Wire, end: number, isBeta: boolean): EndpointSlice {
  let meta = noMeta
  let addressType = ''
  const endpoints: SliceEndpoint[] = []
  const ports: Port[] = []
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) meta = readMeta(wire)
    else if (tag === lengthTag(2)) endpoints.push(readEndpoint(wire, isBeta))
    else if (tag === lengthTag(3)) ports.push(readPort(wire))
    else if (tag === lengthTag(4)) addressType = wire.shared()
    else wire.skip(tag)
  }
  return { ...meta, addressType, endpoints, ports }
}

/** The twin of {@link readSlice}. */
export function sliceFrom(value: unknown, strings: Strings): EndpointSlice {
  const { metadata, addressType, endpoints, ports } = members(value)
  return {
    ...metaOf(metadata, strings),
    addressType: shared(addressType, strings),
    endpoints: elements(endpoints).map((one) => {
      const endpoint = members(one)
      const conditions = members(endpoint['conditions'])
      return {
        addresses: elements(endpoint['addresses']).map(text),
        ready: truth(conditions['ready']),
        serving: truth(conditions['serving']),
        terminating: truth(conditions['terminating']),
        hostname: optional(endpoint['hostname'], strings),
        nodeName: optional(endpoint['nodeName'], strings),
        zone: optional(endpoint['zone'], strings),
        target: referenceOf(endpoint['targetRef'], strings),
        topology: pairs(endpoint['deprecatedTopology'] ?? endpoint['topology'], strings),
      }
    }),
    ports: elements(ports).map((port) => portOf(port, strings)),
  }
}

function readEndpoint(wire: Wire, isBeta: boolean): SliceEndpoint {
  const end = wire.end()
  const addresses: string[] = []
  let conditions = noConditions
  let hostname: string | undefined
  let target: ObjectReference | undefined
  let topology: string[] | undefined
  let nodeName: string | undefined
  let zone: string | undefined
  while (wire.at < end) {
    const tag = wire.uint()
    switch (tag) {
      case lengthTag(1):
        addresses.push(wire.text())
        break
      case lengthTag(2):
        conditions = readConditions(wire)
        break
      case lengthTag(3):
        hostname = wire.shared()
        break
      case lengthTag(4):
        target = readReference(wire)
        break
      case lengthTag(5):
        readPair(wire, (topology ??= []))
        break
      case lengthTag(6):
        nodeName = wire.shared()
        break
      case lengthTag(7):
        // In v1beta1 these are the hints.
        if (isBeta) wire.skip(tag)
        else zone = wire.shared()
        break
      default:
        wire.skip(tag)
    }
  }
  wire.leave(end)
  wire.made += 2
  const { ready, serving, terminating } = conditions
  return {
    addresses,
    ready,
    serving,
    terminating,
    hostname,
    nodeName,
    zone,
    target,
    topology: topology ?? noPairs,
  }
}

type Conditions = Pick<SliceEndpoint, 'ready' | 'serving' | 'terminating'>

const noConditions: Conditions = { ready: undefined, serving: undefined, terminating: undefined }

function readConditions(wire: Wire): Conditions {
  const end = wire.end()
  let ready: boolean | undefined
  let serving: boolean | undefined
  let terminating: boolean | undefined
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === varintTag(1)) ready = wire.bool()
    else if (tag === varintTag(2)) serving = wire.bool()
    else if (tag === varintTag(3)) terminating = wire.bool()
    else wire.skip(tag)
  }
  wire.leave(end)
  return { ready, serving, terminating }
}

function readPort(wire: Wire): Port {
  const end = wire.end()
  let name = ''
  let protocol = ''
  let number: number | undefined
  let appProtocol: string | undefined
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) name = wire.shared()
    else if (tag === lengthTag(2)) protocol = wire.shared()
    else if (tag === varintTag(3)) number = wire.uint()
    else if (tag === lengthTag(4)) appProtocol = wire.shared()
    else wire.skip(tag)
  }
  wire.leave(end)
  wire.made += 1
  return { name, number, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }
}

function portOf(value: unknown, strings: Strings): Port {
  const { name, port, protocol, appProtocol } = members(value)
  return {
    name: shared(name, strings),
    number: typeof port === 'number' ? port : undefined,
    protocol: shared(protocol, strings),
    ...(typeof appProtocol === 'string' ? { appProtocol: strings.of(appProtocol) } : {}),
  }
}
