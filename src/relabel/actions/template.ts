import { limited } from '../label-size.js'
import type { Pattern } from '../regex/pattern.js'
import type { Groups } from '../regex/matcher.js'

/** A replacement text with references to groups: `${1}-$name`. */
export interface Template {
  /** The groups it refers to. */
  readonly groups: ReadonlySet<number>
  /** The text itself where nothing is referred to or escaped. */
  readonly constant: string | undefined
  /** The group where the template is nothing else: `$1`. */
  readonly lone: number | undefined
  /** @throws {LabelSizeError} when the text is too long */
  expand(groups: Groups): string
}

const reference = /^(?:\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/u

/** A reference in a template: `${1}`, `$name`. */
export interface TemplateReference {
  /** The name or number of the group. */
  readonly name: string
  /** As it stands in the template, dollar and braces included. */
  readonly written: string
}

/**
 * Takes a template apart as Go's `Regexp.Expand` does: `$name` takes the longest name, `$$` is a dollar, and
 * a dollar that starts nothing stays.
 */
export function readTemplate(template: string): readonly (string | TemplateReference)[] {
  const parts: (string | TemplateReference)[] = []
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
    parts.push({ name: found[1] ?? found[2] ?? '', written: `$${found[0]}` })
    rest = rest.slice(found[0].length)
  }
  parts.push(rest)
  return parts
}

/** Reads a template; a group that is unknown or took no part is empty. */
export function compileTemplate(template: string, pattern: Pattern): Template {
  const parts = readTemplate(template).map((part) =>
    typeof part === 'string' ? part : groupsOf(part.name, pattern),
  )
  return build(parts.filter((part) => part.length > 0))
}

/** A text, or the groups of which the first that took part gives the text. */
type Part = string | readonly number[]

/** The groups that a reference means; none where there is no such group. */
export function groupsOf(name: string, pattern: Pattern): readonly number[] {
  const isNumber = /^(?:0|[1-9][0-9]{0,8})$/.test(name)
  return pattern.groupsOf(isNumber ? Number(name) : name)
}

function build(parts: readonly Part[]): Template {
  const groups = new Set(parts.flatMap((part) => (typeof part === 'string' ? [] : part)))
  const [first = ''] = parts
  const isLone = parts.length === 1 && typeof first !== 'string' && first.length === 1
  return {
    groups,
    constant: groups.size === 0 ? parts.join('') : undefined,
    lone: isLone ? first[0] : undefined,
    expand: (read) => {
      let out = ''
      for (const part of parts) {
        out = limited(out + (typeof part === 'string' ? part : firstOf(part, read)))
      }
      return out
    },
  }
}

function firstOf(indexes: readonly number[], read: Groups): string {
  for (const index of indexes) {
    const text = read(index)
    if (text !== undefined) return text
  }
  return ''
}
