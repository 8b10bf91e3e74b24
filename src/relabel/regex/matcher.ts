import { Buffer } from 'node:buffer'
import type { RE2JS } from 're2js'
import type { Work } from '../work.js'
import { effort, sameCaptures, simplify, widthOf } from './analyze.js'
import { type Ast, Untranslatable } from './ast.js'
import { captureOrder, emit } from './emit.js'
import { fallsBack } from './v8-linear-engine.js'
import { keepsSurrogatePairs } from './surrogate-pairs.js'
import { parse } from './parse.js'
import { timedExec } from './timed-exec.js'

/** Reads one group of a match, undefined where it took no part; 0 is the whole match. */
export type Groups = (index: number) => string | undefined

// RE2's automaton needs the same time for every character; V8, when it has to fall back to its linear
// engine, much more. For texts up to this length the difference does not matter.
const short = 4096
// V8's backtrack stack ends somewhere beyond a million entries.
const longest = 262_144
const surrogate = /[\ud800-\udfff]/
// V8 takes ten times as many characters, whatever they say.
const surelyUsable = 4096
// Reading a long list of words, V8 takes time that grows with its square.
const mostUsable = 65_536
// More loops than one, or more ways than these, and a text can make backtracking slow.
const maxWays = 64

/** Reads an expression for translation; undefined where it has to stay with RE2. */
export function translatable(source: string): Ast | undefined {
  try {
    return simplify(parse(source))
  } catch (error) {
    if (error instanceof Untranslatable) return undefined
    throw error
  }
}

/** What an expression costs for every character of a text, at worst; see {@link Work}. */
export function costOf(re2: () => RE2JS, ast: Ast | undefined): number {
  return ast === undefined ? re2().programSize() : widthOf(ast)
}

/** Makes a function of texts count what it does. */
export function counted<T>(
  cost: number,
  work: Work,
  match: (value: string) => T,
): (value: string) => T {
  return (value) => {
    work.spend(value.length * cost)
    return match(value)
  }
}

/** Makes the fastest matcher that answers as RE2 does, in linear time: does a text match? */
export function tester(re2: () => RE2JS, ast: Ast | undefined): (value: string) => boolean {
  const slow = (value: string): boolean => re2().test(value)
  const fast = ast && javascript(ast, new Set())
  if (ast === undefined || fast === undefined) return slow
  const fits = fitness(ast)
  return (value) => (value.length <= short && fits(value) ? fast.test(value) : slow(value))
}

/**
 * Like {@link tester}, for the captures of the first match; undefined where there is none.
 * @param isPatient whether backtracking may be tried for a second where it may take for ever: mostly it is
 *   done in milliseconds, where RE2 takes seconds
 */
export function capturer(
  re2: () => RE2JS,
  ast: Ast | undefined,
  keep: ReadonlySet<number>,
  isPatient: boolean = false,
): (value: string) => Groups | undefined {
  const slow = (value: string): Groups | undefined => {
    // The automaton is a hundred times as fast as the search for groups.
    if (!re2().test(value)) return undefined
    const matcher = re2().matcher(value)
    if (!matcher.find()) return undefined
    const read: Groups = (index) => matcher.group(index) ?? undefined
    return value.length > short ? (index) => copied(read(index)) : read
  }
  const groups = new Set([...keep].filter((index) => index > 0))
  if (ast === undefined || (groups.size > 0 && !sameCaptures(ast, groups))) return slow
  const source = javascriptOf(ast, groups)
  const fast = isSafe(source, ast) ? new RegExp(source) : undefined
  if (fast === undefined && !isPatient) return slow
  const exec = fast === undefined ? timedExec(source) : (text: string) => fast.exec(text)
  const order = captureOrder(groups)
  const fits = fitness(ast)
  return (value) => {
    if (value.length > longest || !fits(value)) return slow(value)
    if (value.length > short && !re2().test(value)) return undefined
    const match = exec(value)
    if (match === undefined) return slow(value)
    if (match === null) return undefined
    const read: Groups = (index) => match[index && (order.get(index) ?? -1)]
    return value.length > short ? (index) => copied(read(index)) : read
  }
}

/** A text of its own: to V8 a part of a text holds the whole of it, which may be in a cache for long. */
function copied(text: string | undefined): string | undefined {
  return text && Buffer.from(text, 'utf16le').toString('utf16le')
}

/**
 * Whether a text can be given to the translated expression, which sees UTF-16 units where RE2 sees
 * code points.
 */
function fitness(ast: Ast): (value: string) => boolean {
  return keepsSurrogatePairs(ast) ? () => true : (value) => !surrogate.test(value)
}

function javascript(ast: Ast, keep: ReadonlySet<number>): RegExp | undefined {
  const source = javascriptOf(ast, keep)
  return isSafe(source, ast) ? new RegExp(source) : undefined
}

/** Whether V8 can match with an expression: it says only at the first match that one is too long for it. */
function isUsable(source: string): boolean {
  if (source.length <= surelyUsable) return true
  if (source.length > mostUsable) return false
  try {
    const expression = new RegExp(source)
    // It makes a program for texts of Latin-1, and another one for all others.
    for (const text of ['', '\u{100}']) expression.test(text)
    return true
  } catch {
    return false
  }
}

function javascriptOf(ast: Ast, keep: ReadonlySet<number>): string {
  return `^(?:${emit(ast, keep)})$`
}

/**
 * Why V8 cannot match with an expression as RE2 does, in linear time: its syntax has no translation; its
 * groups may hold something else; or it is too long, or might backtrack.
 */
export type SlowReason = 'syntax' | 'groups' | 'size'

/**
 * Why {@link tester} or {@link capturer} leaves an expression to RE2, which takes many times as long;
 * undefined where V8 takes it.
 * @param keep the groups that are asked for; none for a test alone
 */
export function slowReason(
  ast: Ast | undefined,
  keep: ReadonlySet<number>,
): SlowReason | undefined {
  if (ast === undefined) return 'syntax'
  const groups = new Set([...keep].filter((index) => index > 0))
  if (groups.size > 0 && !sameCaptures(ast, groups)) return 'groups'
  return isSafe(javascriptOf(ast, groups), ast) ? undefined : 'size'
}

/** Whether V8 matches, and in linear time. */
function isSafe(source: string, ast: Ast): boolean {
  if (!isUsable(source)) return false
  if (fallsBack(source)) return true
  const { loops, ways } = effort(ast)
  return loops <= 1 && ways <= maxWays
}
