import type { Pattern } from './regex/pattern.js'
import type { Groups } from './regex/engine.js'

/** A replacement text with references to groups: `${1}-$name`. */
export interface Template {
  /** The groups it refers to. */
  readonly groups: ReadonlySet<number>
  /** The text itself where nothing is referred to or escaped. */
  readonly constant: string | undefined
  /** The group where the template is nothing else: `$1`. */
  readonly lone: number | undefined
  expand(groups: Groups): string
}

const reference = /^(?:\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/u

/**
 * Reads a template as Go's `Regexp.Expand` does: `$name` takes the longest name, `$$` is a dollar, a
 * group that is unknown or took no part is empty, and a dollar that starts nothing stays.
 */
export function compileTemplate(template: string, pattern: Pattern): Template {
  const parts: (string | number)[] = []
  let rest = template
  for (let dollar = rest.indexOf('$'); dollar >= 0; dollar = rest.indexOf('$')) {
    parts.push(rest.slice(0, dollar))
    rest = rest.slice(dollar + 1)
    if (rest.startsWith('$')) {
      parts.push('$')
      rest = rest.slice(1)
      continue
    }
    const found = reference.exec(rest)
    if (found === null) {
      parts.push('$')
      continue
    }
    const group = groupOf(found[1] ?? found[2] ?? '', pattern)
    if (group !== undefined) parts.push(group)
    rest = rest.slice(found[0].length)
  }
  parts.push(rest)
  return build(parts.filter((part) => part !== ''))
}

function groupOf(name: string, pattern: Pattern): number | undefined {
  if (/^(?:0|[1-9][0-9]{0,8})$/.test(name)) return pattern.groupOf(Number(name))
  return pattern.groupOf(name)
}

function build(parts: readonly (string | number)[]): Template {
  const groups = new Set(parts.filter((part) => typeof part === 'number'))
  const [first] = parts
  return {
    groups,
    constant: groups.size === 0 ? parts.join('') : undefined,
    lone: parts.length === 1 && typeof first === 'number' ? first : undefined,
    expand: (read) => {
      let out = ''
      for (const part of parts) out += typeof part === 'number' ? read(part) : part
      return out
    },
  }
}
