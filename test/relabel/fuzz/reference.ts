import { createHash } from 'node:crypto'
import { RE2JS } from 're2js'
import { compareNames, type RelabelRule } from '../../../src/relabel/index.js'
import { renameGroups } from '../../../src/relabel/regex/shared-group-names.js'

/** The order in which the labels of one source are set; upstream's is random. */
export type Order = (names: readonly string[]) => readonly string[]

/** The labels that relabelling begins with. */
export interface Start {
  /** What upstream's builder is made of: gone through by name. */
  readonly base?: ReadonlyMap<string, string>
  /** What is set in it before the first rule, source by source: those of the target, of its group, ... */
  readonly sources?: readonly ReadonlyMap<string, string>[]
}

/** Upstream's builder of label sets, as simply as can be. */
class Builder {
  readonly #base: ReadonlyMap<string, string>
  /** A map keeps the place of a key that is set again, as upstream's list does. */
  readonly #added = new Map<string, string>()
  readonly #removed = new Set<string>()

  constructor(base: ReadonlyMap<string, string>) {
    this.#base = new Map([...base].sort(([a], [b]) => compareNames(a, b)))
    for (const [name, value] of base) if (value === '') this.#removed.add(name)
  }

  set(name: string, value: string): void {
    if (value === '') {
      this.#added.delete(name)
      this.#removed.add(name)
    } else {
      this.#added.set(name, value)
    }
  }

  get(name: string): string {
    const base = this.#removed.has(name) ? '' : (this.#base.get(name) ?? '')
    return this.#added.get(name) ?? base
  }

  /** The labels there are now, in upstream's order. */
  range(): readonly (readonly [name: string, value: string])[] {
    const base = [...this.#base].filter(
      ([name]) => !this.#removed.has(name) && !this.#added.has(name),
    )
    return [...base, ...this.#added]
  }
}

/**
 * The rules said as simply as can be, on a map, with RE2 for every regex: what the compiled rules are
 * compared with. Case mapping is left to the compiled code: its texts say little here.
 */
export function relabelSimply(
  { base = new Map(), sources = [] }: Start,
  rules: readonly RelabelRule[],
  order: Order,
  casing: (action: string, text: string) => string,
): ReadonlyMap<string, string> | undefined {
  const labels = new Builder(base)
  const set = (name: string, value: string): void => labels.set(name, value)
  for (const source of sources) {
    for (const name of order([...source.keys()])) set(name, source.get(name) ?? '')
  }
  for (const rule of rules) {
    const joined = (rule.source_labels ?? []).map((name) => labels.get(name)).join(rule.separator)
    // RE2JS wants every name once; Go takes the first of its groups that took part.
    const { source, original } = renameGroups(rule.regex ?? '(.*)')
    const regex = RE2JS.compile(`^(?s:${source})$`)
    const target = labels.get(rule.target_label)
    switch (rule.action) {
      case 'keep':
        if (!regex.test(joined)) return undefined
        break
      case 'drop':
        if (regex.test(joined)) return undefined
        break
      case 'keepequal':
        if (target !== joined) return undefined
        break
      case 'dropequal':
        if (target === joined) return undefined
        break
      case 'hashmod': {
        const tail = createHash('md5').update(joined).digest().readBigUInt64BE(8)
        set(rule.target_label, String(tail % BigInt(rule.modulus)))
        break
      }
      case 'lowercase':
      case 'uppercase':
        set(rule.target_label, casing(rule.action, joined))
        break
      case 'replace': {
        const match = regex.matcher(joined)
        if (!match.find()) break
        const groups = groupsOf(regex, match, original)
        const name = expand(rule.target_label, groups)
        if (name !== '') set(name, expand(rule.replacement, groups))
        break
      }
      case 'labelmap': {
        for (const [name, value] of labels.range()) {
          if (!regex.test(name)) continue
          const match = regex.matcher(name)
          let out = ''
          let end = 0
          while (match.find()) {
            out +=
              name.slice(end, match.start()) +
              expand(rule.replacement, groupsOf(regex, match, original))
            end = match.end()
          }
          set(out + name.slice(end), value)
        }
        break
      }
      case 'labeldrop':
      case 'labelkeep':
        for (const [name] of labels.range()) {
          if (regex.test(name) === (rule.action === 'labeldrop')) set(name, '')
        }
        break
      case '':
        break
    }
  }
  return new Map(labels.range())
}

type Groups = ReadonlyMap<string, string>

function groupsOf(
  regex: RE2JS,
  match: { group(index: number): string | null; groupCount(): number },
  original: ReadonlyMap<string, string>,
): Groups {
  const groups = new Map<string, string>()
  for (let i = 0; i <= match.groupCount(); i += 1) groups.set(String(i), match.group(i) ?? '')
  for (const [own, index] of Object.entries(regex.namedGroups()).sort(([, a], [, b]) => a - b)) {
    const text = match.group(index)
    const name = original.get(own) ?? own
    if (text !== null && !groups.has(name)) groups.set(name, text)
  }
  return groups
}

/** Go's Expand, by one regular expression. */
function expand(template: string, groups: Groups): string {
  return template.replace(
    /\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu,
    (_all, dollar?: string, braced?: string, bare?: string) =>
      dollar ?? groups.get(braced ?? bare ?? '') ?? '',
  )
}
