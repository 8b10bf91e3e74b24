import type { Ast } from './ast.js'

/**
 * Whether an expression that counts UTF-16 units matches texts with surrogate pairs as one that counts
 * code points does. It does where no match can stop in the middle of a pair: every set of characters is
 * either narrow (no surrogate, nothing beyond the first plane) or wide (all of both); wide ones are only
 * in loops that take one or more, or any number; and there is a narrow one between two such loops.
 */
export function keepsSurrogatePairs(ast: Ast): boolean {
  return new Walk().from(ast, 'narrow') !== undefined
}

type Repeat = Ast & { readonly kind: 'repeat' }

/** What comes before: a narrow character, which ends any wide loop, or perhaps still a wide loop. */
type Before = 'narrow' | 'wide'

/**
 * One walk over an expression. A loop looks at its body twice, and so would every loop inside it: what was
 * found is kept, or the time would double with every level.
 */
class Walk {
  readonly #known: Map<Ast, Map<Before, Before | undefined>> = new Map()

  /** @returns what the expression ends with; undefined where a pair might be split */
  from(ast: Ast, before: Before): Before | undefined {
    if (ast.kind !== 'repeat') return this.#look(ast, before)
    const known = this.#known.get(ast) ?? new Map<Before, Before | undefined>()
    this.#known.set(ast, known)
    if (!known.has(before)) known.set(before, this.#loop(ast, before))
    return known.get(before)
  }

  #look(ast: Exclude<Ast, Repeat>, before: Before): Before | undefined {
    switch (ast.kind) {
      case 'chars':
        return width(ast.ranges) === 'narrow' ? 'narrow' : undefined
      case 'assert':
        // A word boundary never is inside a pair, but its opposite may be.
        return ast.source === '\\B' ? undefined : before
      case 'group':
        return this.from(ast.body, before)
      case 'concat': {
        let last: Before | undefined = before
        for (const item of ast.items) last = last && this.from(item, last)
        return last
      }
      case 'alternate': {
        const ends = ast.items.map((item) => this.from(item, before))
        if (ends.includes(undefined)) return undefined
        return ends.includes('wide') ? 'wide' : 'narrow'
      }
    }
  }

  #loop(ast: Repeat, before: Before): Before | undefined {
    const { body, min, max } = ast
    if (body.kind === 'chars' && width(body.ranges) === 'wide') {
      return max === Infinity && min <= 1 && before === 'narrow' ? 'wide' : undefined
    }
    // In the next round the end of the body comes before its beginning.
    const once = this.from(body, before)
    if (once === undefined) return undefined
    const again = max > 1 ? this.from(body, once) : once
    if (again === undefined) return undefined
    return min === 0 && before === 'wide' ? 'wide' : again === 'wide' ? 'wide' : once
  }
}

function width(ranges: readonly number[]): 'narrow' | 'wide' | 'mixed' {
  let narrow = true
  for (let i = 0; i < ranges.length; i += 2) {
    const [low = 0, high = 0] = [ranges[i], ranges[i + 1]]
    if (low <= 0xd800 && high === 0x10ffff) return 'wide'
    if (high >= 0xd800 && (low <= 0xdfff || high > 0xffff)) narrow = false
  }
  return narrow ? 'narrow' : 'mixed'
}
