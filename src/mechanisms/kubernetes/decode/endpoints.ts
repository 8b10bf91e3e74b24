import type { EndpointAddress, Endpoints, ObjectReference, Port } from '../objects.js'
import { elements, members, number, optional, shared, text } from './json.js'
import { metaOf, noMeta, readMeta, readReference, referenceOf } from './meta.js'
import type { Strings } from './strings.js'
import { lengthTag, varintTag, type Wire } from './wire.js'

type Subset = Endpoints['subsets'][number]

/** `Endpoints` of core/v1. */
export function readEndpoints(wire: Wire, end: number): Endpoints {
  let meta = noMeta
  const subsets: Subset[] = []
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) meta = readMeta(wire)
    else if (tag === lengthTag(2)) subsets.push(readSubset(wire))
    else wire.skip(tag)
  }
  return { ...meta, subsets }
}

/** The twin of {@link readEndpoints}. */
export function endpointsFrom(value: unknown, strings: Strings): Endpoints {
  const { metadata, subsets } = members(value)
  const addresses = (list: unknown): readonly EndpointAddress[] =>
    elements(list).map((one) => {
      const { ip, hostname, nodeName, targetRef } = members(one)
      return {
        ip: text(ip),
        hostname: text(hostname),
        nodeName: optional(nodeName, strings),
        target: referenceOf(targetRef, strings),
      }
    })
  return {
    ...metaOf(metadata, strings),
    subsets: elements(subsets).map((one) => {
      const subset = members(one)
      return {
        addresses: addresses(subset['addresses']),
        notReadyAddresses: addresses(subset['notReadyAddresses']),
        ports: elements(subset['ports']).map((port) => portOf(port, strings)),
      }
    }),
  }
}

function readSubset(wire: Wire): Subset {
  const end = wire.end()
  const addresses: EndpointAddress[] = []
  const notReadyAddresses: EndpointAddress[] = []
  const ports: Port[] = []
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) addresses.push(readAddress(wire))
    else if (tag === lengthTag(2)) notReadyAddresses.push(readAddress(wire))
    else if (tag === lengthTag(3)) ports.push(readPort(wire))
    else wire.skip(tag)
  }
  wire.leave(end)
  wire.made += 1
  return { addresses, notReadyAddresses, ports }
}

function readAddress(wire: Wire): EndpointAddress {
  const end = wire.end()
  let ip = ''
  let hostname = ''
  let nodeName: string | undefined
  let target: ObjectReference | undefined
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) ip = wire.text()
    else if (tag === lengthTag(2)) target = readReference(wire)
    else if (tag === lengthTag(3)) hostname = wire.text()
    else if (tag === lengthTag(4)) nodeName = wire.shared()
    else wire.skip(tag)
  }
  wire.leave(end)
  wire.made += 1
  return { ip, hostname, nodeName, target }
}

function readPort(wire: Wire): Port {
  const end = wire.end()
  let name = ''
  let number = 0
  let protocol = ''
  let appProtocol: string | undefined
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) name = wire.shared()
    else if (tag === varintTag(2)) number = wire.uint()
    else if (tag === lengthTag(3)) protocol = wire.shared()
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
    number: number(port),
    protocol: shared(protocol, strings),
    ...(typeof appProtocol === 'string' ? { appProtocol: strings.of(appProtocol) } : {}),
  }
}
