import type { Node } from '../objects.js'
import { elements, members, number, shared, text } from './json.js'
import { metaOf, noMeta, readMeta } from './meta.js'
import type { Strings } from './strings.js'
import { lengthTag, varintTag, type Wire } from './wire.js'

type Status = Pick<Node, 'addresses' | 'conditions' | 'kubeletPort'>

const noStatus: Status = { addresses: [], conditions: [], kubeletPort: 0 }

/** `Node` of core/v1. */
export function readNode(wire: Wire, end: number): Node {
  let meta = noMeta
  let providerId = ''
  let status = noStatus
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) meta = readMeta(wire)
    else if (tag === lengthTag(2)) providerId = readProviderId(wire)
    else if (tag === lengthTag(3)) status = readStatus(wire)
    else wire.skip(tag)
  }
  return { ...meta, providerId, ...status }
}

/** The twin of {@link readNode}. */
export function nodeFrom(value: unknown, strings: Strings): Node {
  const { metadata, spec, status: statusValue } = members(value)
  const status = members(statusValue)
  const endpoint = members(members(status['daemonEndpoints'])['kubeletEndpoint'])
  return {
    ...metaOf(metadata, strings),
    providerId: text(members(spec)['providerID']),
    addresses: elements(status['addresses']).map((one) => {
      const { type, address } = members(one)
      return { type: shared(type, strings), address: text(address) }
    }),
    conditions: elements(status['conditions']).map((one) => {
      const { type, status } = members(one)
      return { type: shared(type, strings), status: shared(status, strings) }
    }),
    kubeletPort: number(endpoint['Port']),
  }
}

function readProviderId(wire: Wire): string {
  const end = wire.end()
  let providerId = ''
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(3)) providerId = wire.text()
    else wire.skip(tag)
  }
  wire.leave(end)
  return providerId
}

function readStatus(wire: Wire): Status {
  const end = wire.end()
  const addresses: { type: string; address: string }[] = []
  const conditions: { type: string; status: string }[] = []
  let kubeletPort = 0
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(4)) {
      const [type, status] = readTwo(wire)
      conditions.push({ type, status })
    } else if (tag === lengthTag(5)) {
      const [type, address] = readTwo(wire)
      addresses.push({ type, address })
    } else if (tag === lengthTag(6)) kubeletPort = readKubeletPort(wire)
    else wire.skip(tag)
  }
  wire.leave(end)
  return { addresses, conditions, kubeletPort }
}

/** The first two texts of a condition or an address. */
function readTwo(wire: Wire): readonly [string, string] {
  const end = wire.end()
  let first = ''
  let second = ''
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) first = wire.shared()
    else if (tag === lengthTag(2)) second = wire.shared()
    else wire.skip(tag)
  }
  wire.leave(end)
  wire.made += 1
  return [first, second]
}

/** `NodeDaemonEndpoints`: a message around `DaemonEndpoint`. */
function readKubeletPort(wire: Wire): number {
  const end = wire.end()
  let port = 0
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) {
      const inner = wire.end()
      while (wire.at < inner) {
        const tag = wire.uint()
        if (tag === varintTag(1)) port = wire.uint()
        else wire.skip(tag)
      }
      wire.leave(inner)
    } else wire.skip(tag)
  }
  wire.leave(end)
  return port
}
