import type { Mechanism } from '../discovery/mechanism.js'
import type { DiscoveryConfig } from '../discovery/set-config.js'
import {
  type Decoding,
  type Field,
  field,
  list,
  type Plain,
  struct,
  type StructValue,
  type Type,
} from '../yaml/index.js'

/** What every section with service discovery has. */
export interface Discovering {
  /** In the order of the sorted keys, `static_configs` last, as Prometheus numbers its providers. */
  readonly discovery: readonly DiscoveryConfig[]
}

type Fields = Readonly<Record<string, Field<unknown>>>
type Sections = ReadonlyMap<string, readonly unknown[]>

/**
 * A struct that has, beside its own keys, a list for each mechanism.
 * @param mechanisms those whose keys are known; others are unknown keys
 * @param check runs after a read without fault
 */
export function withDiscovery<F extends Fields>(
  name: string,
  own: F,
  mechanisms: readonly Mechanism[],
  check: (value: StructValue<F> & Discovering, at: Decoding) => void,
): Type<StructValue<F> & Discovering> {
  type Value = StructValue<F> & Discovering
  const byKey = [...mechanisms].sort((a, b) => (a.key < b.key ? -1 : 1))
  const lists: Fields = Object.fromEntries(
    byKey.map(({ key, section }) => [
      key,
      field(list(section, `empty or null section in ${key}`), []),
    ]),
  )
  const gather = (value: Readonly<Record<string, unknown>>): Value => ({
    ...(Object.fromEntries(Object.keys(own).map((key) => [key, value[key]])) as StructValue<F>),
    discovery: discoveryOf(byKey, new Map(Object.entries(value) as [string, unknown[]][])),
  })
  const whole = struct(name, { ...own, ...lists }, (value, at) => check(gather(value), at))
  const ownOnly = struct(name, own)
  return {
    name,
    zero: () => gather(whole.zero()),
    decode: (node, at) => gather(whole.decode(node, at)),
    encode: (value) => ({
      ...(ownOnly.encode(value) as Readonly<Record<string, Plain>>),
      ...printed(value.discovery),
    }),
  }
}

function discoveryOf(byKey: readonly Mechanism[], sections: Sections): readonly DiscoveryConfig[] {
  const found: DiscoveryConfig[] = []
  const last: DiscoveryConfig[] = []
  for (const mechanism of byKey) {
    const elements = sections.get(mechanism.key) ?? []
    if (elements.length === 0) continue
    if (mechanism.wholeList) last.push({ mechanism, config: elements })
    else found.push(...elements.map((config) => ({ mechanism, config })))
  }
  return [...found, ...last]
}

function printed(discovery: readonly DiscoveryConfig[]): Readonly<Record<string, Plain>> {
  const byKey = new Map<string, Plain[]>()
  for (const { mechanism, config } of discovery) {
    const elements = mechanism.wholeList ? (config as readonly unknown[]) : [config]
    const plain = elements.map((element) => mechanism.section.encode(element) ?? null)
    byKey.set(mechanism.key, [...(byKey.get(mechanism.key) ?? []), ...plain])
  }
  return Object.fromEntries([...byKey].sort(([a], [b]) => (a < b ? -1 : 1)))
}
