import type { Ingress } from '../objects.js'
import { elements, members, optional, text } from './json.js'
import { metaOf, noMeta, readMeta } from './meta.js'
import type { Strings } from './strings.js'
import { lengthTag, type Wire } from './wire.js'

type Rule = Ingress['rules'][number]
type Spec = Pick<Ingress, 'className' | 'tlsHosts' | 'rules'>

const noSpec: Spec = { className: undefined, tlsHosts: [], rules: [] }

/** `Ingress` of networking.k8s.io, in v1 as in v1beta1. */
export function readIngress(wire: Wire, end: number): Ingress {
  let meta = noMeta
  let spec = noSpec
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) meta = readMeta(wire)
    else if (tag === lengthTag(2)) spec = readSpec(wire)
    else wire.skip(tag)
  }
  return { ...meta, ...spec }
}

/** The twin of {@link readIngress}. */
export function ingressFrom(value: unknown, strings: Strings): Ingress {
  const { metadata, spec: specValue } = members(value)
  const spec = members(specValue)
  return {
    ...metaOf(metadata, strings),
    className: optional(spec['ingressClassName'], strings),
    tlsHosts: elements(spec['tls']).flatMap((tls) => elements(members(tls)['hosts']).map(text)),
    rules: elements(spec['rules']).map((one) => {
      const { host, http } = members(one)
      const hasHttp = typeof http === 'object' && http !== null
      return {
        host: text(host),
        paths: hasHttp
          ? elements(members(http)['paths']).map((path) => text(members(path)['path']))
          : undefined,
      }
    }),
  }
}

function readSpec(wire: Wire): Spec {
  const end = wire.end()
  let className: string | undefined
  const tlsHosts: string[] = []
  const rules: Rule[] = []
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(2)) readTexts(wire, 1, tlsHosts)
    else if (tag === lengthTag(3)) rules.push(readRule(wire))
    else if (tag === lengthTag(4)) className = wire.shared()
    else wire.skip(tag)
  }
  wire.leave(end)
  return { className, tlsHosts, rules }
}

function readRule(wire: Wire): Rule {
  const end = wire.end()
  let host = ''
  let paths: readonly string[] | undefined
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) host = wire.text()
    else if (tag === lengthTag(2)) paths = readRuleValue(wire)
    else wire.skip(tag)
  }
  wire.leave(end)
  wire.made += 1
  return { host, paths }
}

/** `IngressRuleValue`: a message around `http`, which may be missing. */
function readRuleValue(wire: Wire): readonly string[] | undefined {
  const end = wire.end()
  let paths: string[] | undefined
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) readPaths(wire, (paths ??= []))
    else wire.skip(tag)
  }
  wire.leave(end)
  return paths
}

function readPaths(wire: Wire, paths: string[]): void {
  const end = wire.end()
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) {
      const found: string[] = []
      readTexts(wire, 1, found)
      paths.push(found.at(-1) ?? '')
    } else wire.skip(tag)
  }
  wire.leave(end)
}

/** Appends the texts of one field of a message. */
function readTexts(wire: Wire, field: number, to: string[]): void {
  const end = wire.end()
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(field)) to.push(wire.text())
    else wire.skip(tag)
  }
  wire.leave(end)
}
