import type { Ast } from './ast.js'
import { normalize, type Ranges } from './code-point-ranges.js'

const surrogateFree = 0xffff

/**
 * Writes an expression as JavaScript's (no flags) that matches as RE2 does every text without surrogate
 * pairs.
 * @param keep which groups capture; the others only group
 */
export function emit(ast: Ast, keep: ReadonlySet<number>): string {
  switch (ast.kind) {
    case 'chars':
      return characters(ast.ranges)
    case 'assert':
      return ast.source
    case 'group':
      return `(${keep.has(ast.index) ? '' : '?:'}${emit(ast.body, keep)})`
    case 'concat':
      return ast.items.map((item) => part(item, keep)).join('')
    case 'alternate':
      return `(?:${ast.items.map((item) => emit(item, keep)).join('|')})`
    case 'repeat':
      return `(?:${emit(ast.body, keep)})${times(ast.min, ast.max)}${ast.lazy ? '?' : ''}`
  }
}

/** The order in which {@link emit} makes capturing groups: its result names them in JavaScript's. */
export function captureOrder(keep: ReadonlySet<number>): ReadonlyMap<number, number> {
  return new Map([...keep].sort((a, b) => a - b).map((index, at) => [index, at + 1]))
}

function part(item: Ast, keep: ReadonlySet<number>): string {
  // A repeat of one character needs no group around it.
  if (item.kind === 'repeat' && item.body.kind === 'chars') {
    return `${characters(item.body.ranges)}${times(item.min, item.max)}${item.lazy ? '?' : ''}`
  }
  return emit(item, keep)
}

function times(min: number, max: number): string {
  if (max === Infinity) return min === 0 ? '*' : min === 1 ? '+' : `{${String(min)},}`
  if (min === 0 && max === 1) return '?'
  return min === max ? `{${String(min)}}` : `{${String(min)},${String(max)}}`
}

function characters(ranges: Ranges): string {
  const [low = 0, high = 0] = ranges
  if (ranges.length === 2 && low === 0 && high >= surrogateFree) return '[^]'
  if (ranges.length === 2 && low === high && low <= surrogateFree) return unit(low)
  const inside: string[] = []
  const sorted = normalize(ranges)
  for (let i = 0; i < sorted.length; i += 2) {
    const [from = 0, to = 0] = [sorted[i], sorted[i + 1]]
    if (from > surrogateFree) break
    const end = Math.min(to, surrogateFree)
    inside.push(from === end ? unit(from) : `${unit(from)}-${unit(end)}`)
  }
  // Only characters beyond the first plane, or none at all: `[]` never matches.
  return `[${inside.join('')}]`
}

function unit(code: number): string {
  const character = String.fromCharCode(code)
  if (/[a-zA-Z0-9_]/.test(character)) return character
  return `\\u${code.toString(16).padStart(4, '0')}`
}
