import type { Port, Service } from '../objects.js'
import { elements, members, number, shared, text } from './json.js'
import { metaOf, noMeta, readMeta } from './meta.js'
import type { Strings } from './strings.js'
import { lengthTag, varintTag, type Wire } from './wire.js'

type Spec = Omit<Service, keyof typeof noMeta | 'ingressIps'>

const noSpec: Spec = {
  type: '',
  clusterIp: '',
  externalName: '',
  loadBalancerIp: '',
  ports: [],
  ipFamilies: [],
  ipFamilyPolicy: '',
}

/** `Service` of core/v1. */
export function readService(wire: Wire, end: number): Service {
  let meta = noMeta
  let spec = noSpec
  const ingressIps: string[] = []
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) meta = readMeta(wire)
    else if (tag === lengthTag(2)) spec = readSpec(wire)
    else if (tag === lengthTag(3)) readStatus(wire, ingressIps)
    else wire.skip(tag)
  }
  return { ...meta, ...spec, ingressIps }
}

/** The twin of {@link readService}. */
export function serviceFrom(value: unknown, strings: Strings): Service {
  const { metadata, spec: specValue, status } = members(value)
  const spec = members(specValue)
  const balancer = members(members(status)['loadBalancer'])
  return {
    ...metaOf(metadata, strings),
    type: shared(spec['type'], strings),
    clusterIp: text(spec['clusterIP']),
    externalName: text(spec['externalName']),
    loadBalancerIp: text(spec['loadBalancerIP']),
    ports: elements(spec['ports']).map((port) => servicePortOf(port, strings)),
    ipFamilies: elements(spec['ipFamilies']).map((family) => shared(family, strings)),
    ipFamilyPolicy: shared(spec['ipFamilyPolicy'], strings),
    ingressIps: elements(balancer['ingress']).map((one) => text(members(one)['ip'])),
  }
}

function readSpec(wire: Wire): Spec {
  const end = wire.end()
  let type = ''
  let clusterIp = ''
  let externalName = ''
  let loadBalancerIp = ''
  const ports: Port[] = []
  const ipFamilies: string[] = []
  let ipFamilyPolicy = ''
  while (wire.at < end) {
    const tag = wire.uint()
    switch (tag) {
      case lengthTag(1):
        ports.push(readServicePort(wire))
        break
      case lengthTag(3):
        clusterIp = wire.text()
        break
      case lengthTag(4):
        type = wire.shared()
        break
      case lengthTag(8):
        loadBalancerIp = wire.text()
        break
      case lengthTag(10):
        externalName = wire.text()
        break
      case lengthTag(17):
        ipFamilyPolicy = wire.shared()
        break
      case lengthTag(19):
        ipFamilies.push(wire.shared())
        break
      default:
        wire.skip(tag)
    }
  }
  wire.leave(end)
  return { type, clusterIp, externalName, loadBalancerIp, ports, ipFamilies, ipFamilyPolicy }
}

function readServicePort(wire: Wire): Port {
  const end = wire.end()
  let name = ''
  let number = 0
  let protocol = ''
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) name = wire.shared()
    else if (tag === lengthTag(2)) protocol = wire.shared()
    else if (tag === varintTag(3)) number = wire.uint()
    else wire.skip(tag)
  }
  wire.leave(end)
  wire.made += 1
  return { name, number, protocol }
}

function servicePortOf(value: unknown, strings: Strings): Port {
  const { name, protocol, port } = members(value)
  return {
    name: shared(name, strings),
    number: number(port),
    protocol: shared(protocol, strings),
  }
}

/** Appends the IPs of the load balancer. */
function readStatus(wire: Wire, ips: string[]): void {
  const end = wire.end()
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) readLoadBalancer(wire, ips)
    else wire.skip(tag)
  }
  wire.leave(end)
}

function readLoadBalancer(wire: Wire, ips: string[]): void {
  const end = wire.end()
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) ips.push(readIngressIp(wire))
    else wire.skip(tag)
  }
  wire.leave(end)
}

function readIngressIp(wire: Wire): string {
  const end = wire.end()
  let ip = ''
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) ip = wire.text()
    else wire.skip(tag)
  }
  wire.leave(end)
  return ip
}
