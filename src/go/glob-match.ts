/**
 * Go's filepath.Match for one path segment: `*`, `?`, `[a-z]`, `[^a]`, and `\` before a character that
 * means itself. Go matches characters, not UTF-16 halves of them.
 * @returns the pattern as a function on names; undefined when it is malformed
 */
export function compileSegment(pattern: string): ((name: string) => boolean) | undefined {
  const characters = Array.from(pattern)
  let source = ''
  for (let i = 0; i < characters.length; i += 1) {
    const c = characters[i] ?? ''
    if (c === '*') source += '[^/]*'
    else if (c === '?') source += '[^/]'
    else if (c === '[') {
      const bracket = readClass(characters, i + 1)
      if (bracket === undefined) return undefined
      source += bracket.source
      i = bracket.end
    } else if (c === '\\') {
      const next = characters[(i += 1)]
      if (next === undefined) return undefined
      source += literal(next)
    } else source += literal(c)
  }
  const compiled = new RegExp(`^${source}$`, 'su')
  return (name) => compiled.test(name)
}

/** Whether a pattern has anything special in it. */
export function hasMeta(pattern: string): boolean {
  return /[*?[\\]/.test(pattern)
}

interface CharacterClass {
  readonly source: string
  /** The position of the closing bracket. */
  readonly end: number
}

function readClass(characters: readonly string[], start: number): CharacterClass | undefined {
  let at = start
  const isNegated = characters[at] === '^'
  if (isNegated) at += 1
  const ranges: string[] = []
  while (characters[at] !== ']' || ranges.length === 0) {
    const low = readBound(characters, at)
    if (low === undefined) return undefined
    at = low.next
    let high: Bound | undefined = low
    if (characters[at] === '-') {
      high = readBound(characters, at + 1)
      if (high === undefined) return undefined
      at = high.next
    }
    // A range that is upside down matches nothing in Go, and is an error in a RegExp.
    const isRange = low.point <= high.point
    ranges.push(isRange ? `${escaped(low.point)}-${escaped(high.point)}` : '')
  }
  const body = ranges.join('')
  return { source: isNegated ? `[^${body}]` : `[${body}]`, end: at }
}

interface Bound {
  readonly point: number
  readonly next: number
}

function readBound(characters: readonly string[], at: number): Bound | undefined {
  let c = characters[at]
  if (c === undefined || c === '-' || c === ']') return undefined
  let next = at + 1
  if (c === '\\') {
    c = characters[next]
    next += 1
  }
  const point = c?.codePointAt(0)
  // Nothing after the bound means that the bracket is never closed.
  return point === undefined || next >= characters.length ? undefined : { point, next }
}

function escaped(point: number): string {
  return `\\u{${point.toString(16)}}`
}

function literal(character: string): string {
  return escaped(character.codePointAt(0) ?? 0)
}
