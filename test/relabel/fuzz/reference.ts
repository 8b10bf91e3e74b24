import { createHash } from 'node:crypto'
import { RE2JS } from 're2js'
import type { RelabelRule } from '../../../src/relabel/index.js'
import { renameGroups } from '../../../src/relabel/regex/shared-group-names.js'

/** The order in which a labelmap looks at names; upstream's is random. */
export type Order = (names: readonly string[]) => readonly string[]

/**
 * The rules said as simply as can be, on a map, with RE2 for every regex: what the compiled rules are
 * compared with. Case mapping is left to the compiled code: its texts say little here.
 */
export function relabelSimply(
  input: ReadonlyMap<string, string>,
  rules: readonly RelabelRule[],
  order: Order,
  casing: (action: string, text: string) => string,
): ReadonlyMap<string, string> | undefined {
  const labels = new Map([...input].filter(([, value]) => value !== ''))
  const set = (name: string, value: string): void => {
    if (value === '') labels.delete(name)
    else labels.set(name, value)
  }
  for (const rule of rules) {
    const value = (rule.source_labels ?? [])
      .map((name) => labels.get(name) ?? '')
      .join(rule.separator)
    // RE2JS wants every name once; Go takes the first of its groups that took part.
    const { source, original } = renameGroups(rule.regex ?? '(.*)')
    const regex = RE2JS.compile(`^(?s:${source})$`)
    const target = labels.get(rule.target_label) ?? ''
    switch (rule.action) {
      case 'keep':
        if (!regex.test(value)) return undefined
        break
      case 'drop':
        if (regex.test(value)) return undefined
        break
      case 'keepequal':
        if (target !== value) return undefined
        break
      case 'dropequal':
        if (target === value) return undefined
        break
      case 'hashmod': {
        const tail = createHash('md5').update(value).digest().readBigUInt64BE(8)
        set(rule.target_label, String(tail % BigInt(rule.modulus)))
        break
      }
      case 'lowercase':
      case 'uppercase':
        set(rule.target_label, casing(rule.action, value))
        break
      case 'replace': {
        const match = regex.matcher(value)
        if (!match.find()) break
        const groups = groupsOf(regex, match, original)
        const name = expand(rule.target_label, groups)
        if (name !== '') set(name, expand(rule.replacement, groups))
        break
      }
      case 'labelmap': {
        const before = new Map(labels)
        for (const name of order([...before.keys()])) {
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
          set(out + name.slice(end), before.get(name) ?? '')
        }
        break
      }
      case 'labeldrop':
      case 'labelkeep':
        for (const name of labels.keys()) {
          if (regex.test(name) === (rule.action === 'labeldrop')) labels.delete(name)
        }
        break
      case '':
        break
    }
  }
  return labels
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
