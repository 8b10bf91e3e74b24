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

// RE2 refuses what repeats more often, and says so.
const maxRepeat = 1000

/**
 * How many instructions an expression makes, about: RE2 writes counted repeats out.
 * @returns 0 where RE2 refuses a count
 */
export function sizeOf(ast: Ast): number {
  const size = sizeWithin(ast, 1)
  return Number.isNaN(size) ? 0 : size
}

/** @param times how often it is repeated by what it stands in */
function sizeWithin(ast: Ast, times: number): number {
  switch (ast.kind) {
    case 'chars':
    case 'assert':
      return 1
    case 'group':
      return 2 + sizeWithin(ast.body, times)
    case 'concat':
    case 'alternate':
      return ast.items.reduce((sum, item) => sum + sizeWithin(item, times), ast.items.length)
    case 'repeat': {
      const copies = Math.max(ast.max === Infinity ? ast.min : ast.max, 1)
      if (copies * times > maxRepeat) return Number.NaN
      return copies * (1 + sizeWithin(ast.body, copies * times))
    }
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

/** How many places of an expression a matcher has to follow at once. */
interface Spread {
  readonly places: number
  /** How many characters it takes; undefined where that differs from text to text. */
  readonly length: number | undefined
}

/**
 * At how many places of an expression a match can be at once, at worst: what a matcher without
 * backtracking does for every character. Matches begin at the beginning alone, so a part is at one place
 * until something before it may have taken more or fewer characters.
 */
export function widthOf(ast: Ast): number {
  return spread(ast, false).places
}

/** @param isLoose whether the part may begin at different characters */
function spread(ast: Ast, isLoose: boolean): Spread {
  switch (ast.kind) {
    case 'chars':
      return { places: 1, length: 1 }
    case 'assert':
      return { places: 1, length: 0 }
    case 'group':
      return spread(ast.body, isLoose)
    case 'concat': {
      let places = 0
      let length: number | undefined = 0
      for (const item of ast.items) {
        const loose: boolean = isLoose || length === undefined
        const one = spread(item, loose)
        // At one character it is in one of the parts that began at a known place, and in all loose ones.
        places = loose ? places + one.places : Math.max(places, one.places)
        length = sum(length, one.length)
      }
      return { places: Math.max(places, 1), length }
    }
    case 'alternate': {
      const all = ast.items.map((item) => spread(item, isLoose))
      const [first] = all
      const isEven = all.every(({ length }) => length === first?.length)
      return {
        places: all.reduce((places, one) => places + one.places, 0),
        length: isEven ? first?.length : undefined,
      }
    }
    case 'repeat': {
      const copies = ast.max === Infinity ? Math.max(ast.min, 1) : ast.max
      const known = spread(ast.body, isLoose)
      const isExact = ast.min === ast.max && known.length !== undefined
      // A body of one length is at one place of one copy at a time, if it began at a known place.
      const places =
        known.length !== undefined && !isLoose
          ? known.places
          : copies * (isLoose ? known : spread(ast.body, true)).places
      return { places: places + 1, length: isExact ? (known.length ?? 0) * copies : undefined }
    }
  }
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b
}
