import type { Meta, ObjectReference, Owner } from '../objects.js'
import { elements, members, noPairs, pairs, shared, text } from './json.js'
import type { Strings } from './strings.js'
import { lengthTag, varintTag, type Wire } from './wire.js'

const noOwners: readonly Owner[] = Object.freeze<Owner[]>([])

/** `ObjectMeta` of k8s.io/apimachinery. */
export function readMeta(wire: Wire): Meta {
  const end = wire.end()
  let namespace = ''
  let name = ''
  let uid = ''
  let resourceVersion = ''
  let labels = noPairs
  let annotations = noPairs
  let owners = noOwners
  while (wire.at < end) {
    const tag = wire.uint()
    switch (tag) {
      case lengthTag(1):
        name = wire.text()
        break
      case lengthTag(3):
        namespace = wire.shared()
        break
      case lengthTag(5):
        uid = wire.text()
        break
      case lengthTag(6):
        resourceVersion = wire.text()
        break
      case lengthTag(11):
        labels = both(labels, wire.sharedList(tag, end, readPair))
        break
      case lengthTag(12):
        annotations = both(annotations, wire.sharedList(tag, end, readPair))
        break
      case lengthTag(13):
        owners = both(owners, wire.sharedList(tag, end, readOwner))
        break
      default:
        wire.skip(tag)
    }
  }
  wire.leave(end)
  wire.made += 1
  return {
    namespace,
    name,
    uid,
    resourceVersion,
    labels,
    annotations,
    owners,
  }
}

/** A field that comes again behind others goes on where it was. Go's own encoder does not write such. */
export function both<T>(before: readonly T[], more: readonly T[]): readonly T[] {
  return before.length === 0 ? more : [...before, ...more]
}

export const noMeta: Meta = {
  namespace: '',
  name: '',
  uid: '',
  resourceVersion: '',
  labels: noPairs,
  annotations: noPairs,
  owners: noOwners,
}

/** The twin of {@link readMeta}. */
export function metaOf(value: unknown, strings: Strings): Meta {
  const meta = members(value)
  const owners = elements(meta['ownerReferences'])
  return {
    namespace: shared(meta['namespace'], strings),
    name: text(meta['name']),
    uid: text(meta['uid']),
    resourceVersion: text(meta['resourceVersion']),
    labels: pairs(meta['labels'], strings),
    annotations: pairs(meta['annotations'], strings),
    owners: owners.length === 0 ? noOwners : owners.map((owner) => ownerOf(owner, strings)),
  }
}

/** An entry of a map: appends its name and its value. */
export function readPair(wire: Wire, to: string[]): void {
  const end = wire.end()
  let name = ''
  let value = ''
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) name = wire.shared()
    else if (tag === lengthTag(2)) value = wire.shared()
    else wire.skip(tag)
  }
  wire.leave(end)
  to.push(name, value)
}

function readOwner(wire: Wire, to: Owner[]): void {
  const end = wire.end()
  let kind = ''
  let name = ''
  let isController = false
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) kind = wire.shared()
    else if (tag === lengthTag(3)) name = wire.shared()
    else if (tag === varintTag(6)) isController = wire.bool()
    else wire.skip(tag)
  }
  wire.leave(end)
  to.push({ kind, name, isController })
}

function ownerOf(value: unknown, strings: Strings): Owner {
  const owner = members(value)
  return {
    kind: shared(owner['kind'], strings),
    name: shared(owner['name'], strings),
    isController: owner['controller'] === true,
  }
}

/** `ObjectReference` of core/v1. */
export function readReference(wire: Wire): ObjectReference {
  const end = wire.end()
  let kind = ''
  let namespace = ''
  let name = ''
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) kind = wire.shared()
    else if (tag === lengthTag(2)) namespace = wire.shared()
    else if (tag === lengthTag(3)) name = wire.text()
    else wire.skip(tag)
  }
  wire.leave(end)
  wire.made += 1
  return { kind, namespace, name }
}

/** The twin of {@link readReference}; undefined where there is none. */
export function referenceOf(value: unknown, strings: Strings): ObjectReference | undefined {
  if (value === undefined || value === null) return undefined
  const reference = members(value)
  return {
    kind: shared(reference['kind'], strings),
    namespace: shared(reference['namespace'], strings),
    name: text(reference['name']),
  }
}

/** A message of which the metadata is all that is kept: a namespace, a replica set, a job. */
export function readMetaOnly(wire: Wire, end: number): Meta {
  let meta = noMeta
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) meta = readMeta(wire)
    else wire.skip(tag)
  }
  return meta
}
