import type { Labels } from '../../labels/index.js'
import {
  bool,
  type Decoding,
  failType,
  field,
  int,
  isNull,
  list,
  map,
  type Node,
  numberOf,
  optional,
  struct,
  type StructType,
  text,
  type Type,
} from '../../yaml/index.js'

/** Which rule is to drop a target. */
export interface DroppedBy {
  /** Its number among the rules, from 1. */
  readonly rule: number | undefined
  /** Where it stands: `prometheus.yml:24:9`, with or without the column; a file beside the test file. */
  readonly place: string | undefined
}

/** What is to become of a target, or of all targets of a fixture; what is left out may be anything. */
export interface Expectation {
  /** Exactly the public labels: all but those that begin with two underscores. */
  readonly labels: Labels | undefined
  /** Some of the labels after relabelling, those with two underscores included. */
  readonly include: Labels | undefined
  /** Labels that are there, whatever their values. */
  readonly present: readonly string[]
  /** Labels that are not there. */
  readonly absent: readonly string[]
  readonly url: string | undefined
  /** For one target whether and by which rule, for a fixture how many. */
  readonly dropped: boolean | number | DroppedBy | undefined
  /** For one target a part of the reason, for a fixture how many. */
  readonly fails: string | number | boolean | undefined
  /** For one target whether, for a fixture how many different ones. */
  readonly active: boolean | number | undefined
  /** A file with what promtool's `check service-discovery` prints. */
  readonly golden: string | undefined
  /** What holds for every active target of a fixture. */
  readonly each: EachExpectation | undefined
}

/** What holds for every active target of a fixture. */
export interface EachExpectation {
  readonly include: Labels | undefined
  readonly present: readonly string[]
  readonly absent: readonly string[]
}

/** The keys that say something about an active target. */
export const aboutActive = ['labels', 'include', 'present', 'absent', 'url'] as const

const labels = map(text, 'labels')

const place: Type<string> = {
  ...text,
  decode(node, at) {
    const written = text.decode(node, at)
    if (!placeParts.test(written)) {
      at.fail(`"${written}" is not a place: write file:line or file:line:column`)
    }
    return written
  },
}

/** `prometheus.yml:24:9` in its parts. */
export const placeParts: RegExp = /^(?<file>.+?):(?<line>[0-9]+)(?::(?<column>[0-9]+))?$/

const ruleNumber: Type<number> = {
  ...int,
  decode(node, at) {
    const value = int.decode(node, at)
    if (value < 1) at.fail('rules are counted from 1')
    return value
  },
}

const droppedBy: StructType<DroppedBy> = struct('dropped', {
  rule: field(optional(ruleNumber)),
  place: field(optional(place)),
})

function count(node: Node, at: Decoding): number | undefined {
  const value = node.kind === 'scalar' ? numberOf(node) : undefined
  if (value === undefined) return undefined
  if (!Number.isInteger(value) || value < 0) at.fail('expected how many: a whole number, 0 or more')
  return value
}

const dropped: Type<boolean | number | DroppedBy | undefined> = {
  name: 'true, false, a number of targets, or {rule: N, place: FILE:LINE}',
  zero: () => undefined,
  decode(node, at) {
    if (node.kind === 'map') {
      const by = droppedBy.decode(node, at)
      if (by.rule === undefined && by.place === undefined && node.entries.length === 0) {
        at.fail('names neither a rule nor a place')
      }
      return by
    }
    return count(node, at) ?? boolOrFail(node, at, dropped.name)
  },
  encode: () => undefined,
}

const active: Type<boolean | number | undefined> = {
  name: 'true, false, or a number of targets',
  zero: () => undefined,
  decode: (node, at) => count(node, at) ?? boolOrFail(node, at, active.name),
  encode: () => undefined,
}

const fails: Type<string | number | boolean | undefined> = {
  name: 'a part of the reason, true, or a number of targets',
  zero: () => undefined,
  decode(node, at) {
    if (node.kind !== 'scalar') return boolOrFail(node, at, fails.name)
    return count(node, at) ?? (isBool(node) ? bool.decode(node, at) : text.decode(node, at))
  },
  encode: () => undefined,
}

function isBool(node: Node): boolean {
  return node.kind === 'scalar' && node.plain && /^(?:true|false)$/i.test(node.text)
}

function boolOrFail(node: Node, at: Decoding, name: string): boolean {
  if (isBool(node)) return bool.decode(node, at)
  failType(node, at, name)
  return false
}

const each: StructType<EachExpectation> = struct('each', {
  include: field(optional(labels)),
  present: field(list(text)),
  absent: field(list(text)),
})

const written: StructType<Expectation> = struct('expect', {
  labels: field(optional(labels)),
  include: field(optional(labels)),
  present: field(list(text)),
  absent: field(list(text)),
  url: field(optional(text)),
  dropped: field(dropped),
  fails: field(fails),
  active: field(active),
  golden: field(optional(text)),
  each: field(optional(each)),
})

/** The `expect` of a case. An empty one is a mistake: it would be met by everything. */
export const expectation: StructType<Expectation> = {
  ...written,
  decode(node, at) {
    const value = written.decode(node, at)
    if (node.kind === 'map' && node.entries.every((entry) => isNull(entry.value))) {
      at.fail('says nothing about what is expected')
    }
    return value
  },
}

/** What is wrong with an expectation for one target: two keys that cannot both be met, or a key for fixtures. */
export function faultForOne(
  expect: Expectation,
): { readonly key: keyof Expectation; readonly message: string } | undefined {
  for (const key of ['golden', 'each'] as const) {
    if (isGiven(expect, key)) return { key, message: 'is for cases with groups' }
  }
  for (const key of ['dropped', 'fails', 'active'] as const) {
    if (typeof expect[key] === 'number') {
      return { key, message: 'counts targets: that is for cases with groups' }
    }
  }
  const ends = [
    ...(expect.dropped === undefined || expect.dropped === false ? [] : ['dropped' as const]),
    ...(expect.fails === undefined || expect.fails === false ? [] : ['fails' as const]),
    ...(expect.active === true ? ['active' as const] : []),
    ...aboutActive.filter((key) => isGiven(expect, key)),
  ]
  const [first, second] = ends
  const isEnd = first === 'dropped' || first === 'fails'
  if (first === undefined || second === undefined || !isEnd) return undefined
  return { key: second, message: `cannot be together with ${first}: such a target is not active` }
}

/** What is wrong with an expectation for the targets of a fixture. */
export function faultForGroups(
  expect: Expectation,
): { readonly key: keyof Expectation; readonly message: string } | undefined {
  for (const key of aboutActive) {
    if (isGiven(expect, key))
      return { key, message: 'is for one target; "each" says what holds for all' }
  }
  for (const key of ['dropped', 'fails', 'active'] as const) {
    if (isGiven(expect, key) && typeof expect[key] !== 'number') {
      return { key, message: 'counts targets where a case has groups: write a number' }
    }
  }
  return undefined
}

/** Whether an expectation says something under a key. */
export function isGiven(expect: Expectation, key: keyof Expectation): boolean {
  const value: unknown = expect[key]
  return value !== undefined && !(Array.isArray(value) && value.length === 0)
}
