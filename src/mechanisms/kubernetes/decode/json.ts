import type { Pairs } from '../objects.js'
import type { Strings } from './strings.js'

/** An object of JSON; what is none is one without members. */
export type Members = Readonly<Record<string, unknown>>

const none: Members = {}

export function members(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : none
}

/** The elements of a list; of what is no list, none. */
export function elements(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : []
}

/** A text that few others are equal to; empty for anything else. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** A text that many others are likely to be equal to, kept once. */
export function shared(value: unknown, strings: Strings): string {
  return typeof value === 'string' ? strings.of(value) : ''
}

/** The same, undefined where there is none. */
export function optional(value: unknown, strings: Strings): string | undefined {
  return typeof value === 'string' ? strings.of(value) : undefined
}

export function number(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

export function truth(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}

/** The names and values of a map, sorted by name as the server writes them: JavaScript puts numbers first. */
export function pairs(value: unknown, strings: Strings): Pairs {
  const map = members(value)
  const made: string[] = []
  for (const name of Object.keys(map).sort()) {
    made.push(strings.of(name), shared(map[name], strings))
  }
  return made.length === 0 ? noPairs : made
}

/** Of all objects without any. */
export const noPairs: Pairs = Object.freeze<string[]>([])
