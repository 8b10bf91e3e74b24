import type { Decoding } from '../../yaml/index.js'

/** Narrows what is listed of one kind of object. */
export interface Selector {
  readonly role: string
  readonly label: string
  readonly field: string
}

/** The kinds of objects that each role looks at. */
const supported: Readonly<Record<string, readonly string[]>> = {
  pod: ['pod', 'node'],
  service: ['service'],
  endpointslice: ['pod', 'service', 'endpointslice'],
  endpoints: ['pod', 'service', 'endpoints'],
  node: ['node'],
  ingress: ['ingress'],
}

/** Checks the selectors of a section in the order they stand. */
export function checkSelectors(role: string, selectors: readonly Selector[], at: Decoding): void {
  const seen = new Set<string>()
  const kinds = supported[role]
  for (const selector of selectors) {
    const fault =
      faultOfRole(role, selector.role, seen, kinds) ??
      faultOfFields(selector.field) ??
      faultOfLabels(selector.label)
    seen.add(selector.role)
    if (fault === undefined) continue
    const place = at.places.of(selector)
    if (place === undefined) at.failKey('selectors', fault)
    else at.failAt(place, fault)
  }
}

function faultOfRole(
  role: string,
  selected: string,
  seen: ReadonlySet<string>,
  kinds: readonly string[] | undefined,
): string | undefined {
  if (seen.has(selected)) return `duplicated selector role: ${selected}`
  if (kinds === undefined || kinds.includes(selected)) return undefined
  return `${role} role supports only ${kinds.join(', ')} selectors`
}

/** `metadata.name=x,status.phase!=Running`: a comma or a backslash in a value is escaped. */
function faultOfFields(selector: string): string | undefined {
  for (const term of selector.match(/(?:\\.|[^,\\])+/gs) ?? []) {
    if (!/^.*?(?:!=|==|=)/s.test(term)) {
      return `invalid selector: '${selector}'; can't understand '${term}'`
    }
  }
  return undefined
}

const domain = String.raw`[a-z0-9](?:[-a-z0-9]*[a-z0-9])?`
const name = String.raw`[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?`
const key = String.raw`(?:(?=[^/]{1,253}/)${domain}(?:\.${domain})*/)?${name}`
const value = `(?:${name})?`
const requirement = new RegExp(
  String.raw`^\s*(?:!?\s*${key}|${key}\s*(?:==?|!=)\s*${value}|${key}\s*[<>]\s*-?\d+|${key}\s+(?:in|notin)\s*\(\s*${value}(?:\s*,\s*${value})*\s*\))\s*$`,
)

/** `app=x,tier in (a, b),!beta`. */
function faultOfLabels(selector: string): string | undefined {
  if (selector.trim() === '') return undefined
  for (const term of selector.split(/,(?![^(]*\))/)) {
    if (!requirement.test(term)) {
      return `unable to parse requirement: invalid label selector ${JSON.stringify(term.trim())}`
    }
  }
  return undefined
}
