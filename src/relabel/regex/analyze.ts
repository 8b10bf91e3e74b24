import type { Ast } from './ast.js'

/** Whether an expression can match the empty text; places count as if they could hold anywhere. */
function nullable(ast: Ast): boolean {
  switch (ast.kind) {
    case 'chars':
      return false
    case 'assert':
      return true
    case 'group':
      return nullable(ast.body)
    case 'concat':
      return ast.items.every(nullable)
    case 'alternate':
      return ast.items.some(nullable)
    case 'repeat':
      return ast.min === 0 || nullable(ast.body)
  }
}

/**
 * Whether JavaScript's captures are RE2's for this expression. They differ where a repeat may go
 * round without consuming anything, and where a group inside a repeat is not set in every round
 * (JavaScript forgets it, RE2 keeps the round before).
 */
export function sameCaptures(ast: Ast, keep: ReadonlySet<number>): boolean {
  switch (ast.kind) {
    case 'chars':
    case 'assert':
      return true
    case 'group':
      return sameCaptures(ast.body, keep)
    case 'concat':
    case 'alternate':
      return ast.items.every((item) => sameCaptures(item, keep))
    case 'repeat':
      if (nullable(ast.body)) return false
      return (ast.max <= 1 || alwaysSet(ast.body, keep)) && sameCaptures(ast.body, keep)
  }
}

function alwaysSet(ast: Ast, keep: ReadonlySet<number>): boolean {
  switch (ast.kind) {
    case 'chars':
    case 'assert':
      return true
    case 'group':
      return alwaysSet(ast.body, keep)
    case 'concat':
      return ast.items.every((item) => alwaysSet(item, keep))
    case 'alternate':
      return !captures(ast, keep)
    case 'repeat':
      return ast.min > 0 ? alwaysSet(ast.body, keep) : !captures(ast, keep)
  }
}

function captures(ast: Ast, keep: ReadonlySet<number>): boolean {
  switch (ast.kind) {
    case 'chars':
    case 'assert':
      return false
    case 'group':
      return keep.has(ast.index) || captures(ast.body, keep)
    case 'concat':
    case 'alternate':
      return ast.items.some((item) => captures(item, keep))
    case 'repeat':
      return captures(ast.body, keep)
  }
}

// `(.*)?` is common and `.*` alone says the same: the way round the group is only ever the empty text.
/** Takes away optional signs that change nothing, so that more expressions pass {@link sameCaptures}. */
export function simplify(ast: Ast): Ast {
  switch (ast.kind) {
    case 'chars':
    case 'assert':
      return ast
    case 'group':
      return { ...ast, body: simplify(ast.body) }
    case 'concat':
    case 'alternate':
      return { ...ast, items: ast.items.map(simplify) }
    case 'repeat': {
      const body = simplify(ast.body)
      const optional = ast.min === 0 && ast.max === 1 && !ast.lazy
      return optional && nullable(body) && !hasAssert(body) ? body : { ...ast, body }
    }
  }
}

function hasAssert(ast: Ast): boolean {
  switch (ast.kind) {
    case 'chars':
      return false
    case 'assert':
      return true
    case 'group':
    case 'repeat':
      return hasAssert(ast.body)
    case 'concat':
    case 'alternate':
      return ast.items.some(hasAssert)
  }
}

/** How a backtracking matcher may multiply its work. */
export interface Effort {
  /** Loops without an upper bound. */
  readonly loops: number
  /** In how many ways the bounded parts can go. */
  readonly ways: number
}

/** The worst case of backtracking; `ways` is Infinity where choices stand inside a repeat. */
export function effort(ast: Ast): Effort {
  switch (ast.kind) {
    case 'chars':
    case 'assert':
      return { loops: 0, ways: 1 }
    case 'group':
      return effort(ast.body)
    case 'concat':
      return ast.items
        .map(effort)
        .reduce((all, one) => ({ loops: all.loops + one.loops, ways: all.ways * one.ways }), {
          loops: 0,
          ways: 1,
        })
    case 'alternate':
      return ast.items
        .map(effort)
        .reduce((all, one) => ({ loops: all.loops + one.loops, ways: all.ways + one.ways }), {
          loops: 0,
          ways: 0,
        })
    case 'repeat': {
      const inner = effort(ast.body)
      if (ast.max <= 1) return { loops: inner.loops, ways: inner.ways + 1 }
      if (inner.loops > 0 || inner.ways > 1) return { loops: Infinity, ways: Infinity }
      return ast.max === Infinity
        ? { loops: 1, ways: 1 }
        : { loops: 0, ways: ast.max - ast.min + 1 }
    }
  }
}
