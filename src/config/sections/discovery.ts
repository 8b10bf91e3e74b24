import type { Mechanism } from '../../discovery/mechanism.js'
import type { DiscoveryConfig } from '../../discovery/mechanism.js'
import {
  type Decoding,
  didYouMean,
  failTwice,
  failType,
  failUnknown,
  type Field,
  list,
  type MapEntry,
  type Plain,
  type SecretsAs,
  struct,
  type StructValue,
  type Type,
} from '../../yaml/index.js'

/** What every section with service discovery has. */
export interface Discovering {
  /** In the order of the sorted keys, `static_configs` last, as Prometheus numbers its providers. */
  readonly discovery: readonly DiscoveryConfig[]
}

type Fields = Readonly<Record<string, Field<unknown>>>

/** The list of one mechanism in a section. */
interface Section {
  readonly mechanism: Mechanism
  readonly list: Type<readonly unknown[]>
}

/**
 * A struct that has, beside its own keys, a list for each mechanism. The lists are no keys of the
 * struct: a job has one or two of them, and there are 37.
 * @param mechanisms those whose keys are known; others are unknown keys
 */
export function withDiscovery<F extends Fields>(
  name: string,
  fields: F,
  mechanisms: readonly Mechanism[],
): Type<StructValue<F> & Discovering> {
  const own = struct(name, fields)
  const sections = new Map<string, Section>(
    mechanisms.map((mechanism) => [mechanism.key, sectionOf(mechanism)]),
  )
  const keys = new Set([...own.keys, ...sections.keys()])
  const meantOf = (word: string): string | undefined => didYouMean(word, keys)
  let nothing: (StructValue<F> & Discovering) | undefined
  return {
    name,
    zero: () => ({ ...own.zero(), discovery: [] }),
    decode(node, at) {
      if (node.kind !== 'map') {
        failType(node, at, name)
        return { ...own.defaults(), discovery: [] }
      }
      for (const { key } of node.entries) {
        if (!keys.has(key.text)) failUnknown(key.text, at, name, meantOf)
      }
      const value = own.decodeEntries(node.entries, at)
      const discovery = readDiscovery(node.entries, sections, name, at)
      return at.isCounting ? (nothing ??= { ...value, discovery: [] }) : { ...value, discovery }
    },
    encode: (value, secrets) => ({
      ...(own.encode(value, secrets) as Readonly<Record<string, Plain>>),
      ...printed(value.discovery, secrets),
    }),
  }
}

function sectionOf(mechanism: Mechanism): Section {
  return {
    mechanism,
    list: list(mechanism.section, `empty or null section in ${mechanism.key}`),
  }
}

function readDiscovery(
  entries: readonly MapEntry[],
  sections: ReadonlyMap<string, Section>,
  name: string,
  at: Decoding,
): readonly DiscoveryConfig[] {
  const given = new Map<string, readonly DiscoveryConfig[]>()
  const written = new Set<string>()
  for (const { key, value, isMerged } of entries) {
    const section = sections.get(key.text)
    if (section === undefined) continue
    if (!isMerged) {
      if (written.has(key.text)) failTwice(key, at, name)
      written.add(key.text)
    }
    const { mechanism, list } = section
    const elements = at.read(list, value, key.text)
    const configs = mechanism.wholeList ? (elements.length > 0 ? [elements] : []) : elements
    given.set(
      key.text,
      configs.map((config) => ({ mechanism, config })),
    )
  }
  return [...given]
    .sort(([a], [b]) => rank(sections.get(a)) - rank(sections.get(b)) || (a < b ? -1 : 1))
    .flatMap(([, configs]) => configs)
}

function rank(section: Section | undefined): number {
  return section?.mechanism.wholeList === true ? 1 : 0
}

function printed(
  discovery: readonly DiscoveryConfig[],
  secrets: SecretsAs | undefined,
): Readonly<Record<string, Plain>> {
  const byKey = new Map<string, Plain[]>()
  for (const { mechanism, config } of discovery) {
    const elements = mechanism.wholeList ? (config as readonly unknown[]) : [config]
    const plain = elements.map((element) => mechanism.section.encode(element, secrets) ?? null)
    byKey.set(mechanism.key, [...(byKey.get(mechanism.key) ?? []), ...plain])
  }
  return Object.fromEntries([...byKey].sort(([a], [b]) => (a < b ? -1 : 1)))
}
