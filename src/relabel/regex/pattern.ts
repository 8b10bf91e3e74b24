import { RE2JS } from 're2js'
import type { Ast } from './ast.js'
import { sizeOf } from './analyze.js'
import { parse } from './parse.js'
import { renameGroups } from './shared-group-names.js'
import { capturer, costOf, counted, type Groups, tester, translatable } from './matcher.js'
import { Work } from '../work.js'

/** An expression that RE2 refuses; the message is Go's own. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
  readonly code = 'ERR_RELABEL_REGEX'
}

type GroupNames = ReadonlyMap<string, readonly number[]>

/**
 * A relabelling expression: RE2's language, a dot matches a newline too, and the whole text has to
 * match (`^(?s:…)$`, as Prometheus wraps it). Matching takes time linear in the text.
 */
export class Pattern {
  readonly #re2: () => RE2JS
  readonly #ast: Ast | undefined
  readonly #named: GroupNames
  readonly #groups: number

  private constructor(
    re2: () => RE2JS,
    ast: Ast | undefined,
    named: GroupNames,
    groups = re2().groupCount(),
  ) {
    this.#re2 = re2
    this.#ast = ast
    this.#named = named
    this.#groups = groups
  }

  /** @throws {PatternError} with Go's words for what is wrong */
  static compile(source: string): Pattern {
    const groups = groupsOfPlain(source)
    if (groups !== undefined) {
      let made: RE2JS | undefined
      const re2 = (): RE2JS => (made ??= RE2JS.compile(wrap(source)))
      return new Pattern(re2, translatable(source), new Map(), groups)
    }
    try {
      if (sizeWritten(source) > mostInstructions) throw new PatternError(tooLarge)
      const re2 = RE2JS.compile(wrap(source))
      return new Pattern(() => re2, translatable(source), groupNames(re2))
    } catch (error) {
      if (!(error instanceof Error) || error instanceof PatternError) throw error
      if (error.message.includes(duplicateName)) return Pattern.#withSharedNames(source)
      // Go shows the expression here, as it does with most other faults.
      const shown = error.message.endsWith('nests too deeply') ? `: \`${wrap(source)}\`` : ''
      throw new PatternError(`${error.message}${shown}`, { cause: error })
    }
  }

  static #withSharedNames(source: string): Pattern {
    const { source: renamed, original } = renameGroups(source)
    const written = (text: string): string =>
      text.replace(/\(\?P<(g\d+)>/g, (all, own: string) => {
        const name = original.get(own)
        return name === undefined ? all : `(?P<${name}>`
      })
    try {
      const re2 = RE2JS.compile(wrap(renamed))
      return new Pattern(() => re2, translatable(renamed), groupNames(re2, original))
    } catch (error) {
      if (!(error instanceof Error)) throw error
      throw new PatternError(written(error.message), { cause: error })
    }
  }

  /**
   * How many instructions an expression has, about, without compiling it: compiling holds the event loop for
   * five microseconds an instruction. It is never less than the true number, as far as that is known.
   */
  static sizeOf(source: string): number {
    const size = sizeWritten(source)
    if (size > 0 || !/\{\d/.test(source)) return Math.max(size, source.length)
    // It is not understood here: as if all repetitions were in each other.
    const times = source.match(/\d+(?=\})/g) ?? []
    return times.reduce((product, one) => product * Math.max(1, Number(one)), source.length)
  }

  /** The groups of a name, in their order, or the one of a number; none where there is no such group. */
  groupsOf(reference: string | number): readonly number[] {
    if (typeof reference === 'string') return this.#named.get(reference) ?? []
    return reference <= this.#groups ? [reference] : []
  }

  /**
   * Makes a function that says whether a text matches.
   * @param work counts what it does
   */
  tester(work: Work = new Work()): (value: string) => boolean {
    return counted(costOf(this.#re2, this.#ast), work, tester(this.#re2, this.#ast))
  }

  /** Makes a function that gives the groups of the first match; only those in `keep` may be asked for. */
  capturer(
    keep: ReadonlySet<number>,
    work: Work = new Work(),
  ): (value: string) => Groups | undefined {
    const capture = capturer(this.#re2, this.#ast, keep, !work.isLimited)
    return counted(costOf(this.#re2, this.#ast), work, capture)
  }

  /**
   * Puts `expand` in place of every match. There is one at most, except for an expression that
   * closes the wrapping parenthesis itself (`a)|(b`), which Prometheus takes as it comes.
   */
  replaceAll(value: string, expand: (groups: Groups) => string): string {
    const matcher = this.#re2().matcher(value)
    let out = ''
    let end = 0
    while (matcher.find()) {
      out +=
        value.slice(end, matcher.start()) + expand((index) => matcher.group(index) ?? undefined)
      end = matcher.end()
    }
    return out + value.slice(end)
  }
}

// A character or a class, then how often.
const atom = String.raw`(?:[\w:;,@=~#%&"'<>/ -]|\\[dDwWsS.\-+*?()|/$^[\]{}]|\.)(?:[*+?]\??)?`
const group = String.raw`\((?:\?:)?(?:${atom}|[|^$])*\)(?:[*+?]\??)?`
const plain = new RegExp(`^(?:${atom}|${group}|[|^$])*$`)
const longestPlain = 500

/**
 * How many groups an expression has that is of the common kind, and RE2 takes whatever is in it; undefined for
 * any other. RE2 need not compile it before a text comes that only RE2 can be given.
 */
function groupsOfPlain(source: string): number | undefined {
  if (source.length > longestPlain || !plain.test(source)) return undefined
  return source.match(/\\.|\((?!\?)/g)?.filter((found) => found === '(').length ?? 0
}

/**
 * RE2 goes on to more than six times as many: seconds, and gigabytes. Compiling holds the event loop for about
 * five microseconds an instruction.
 */
const mostInstructions = 500_000

const tooLarge = 'error parsing regexp: expression too large'

/** How many instructions an expression has, about; 0 for one that is not understood here. */
function sizeWritten(source: string): number {
  // Anything else has no more of them than characters.
  if (source.length <= mostInstructions && !/\{\d/.test(source)) return 0
  try {
    return sizeOf(parse(source))
  } catch {
    // What is wrong with it is for RE2 to say.
    return 0
  }
}

const duplicateName = 'duplicate capture group name'

function wrap(source: string): string {
  return `^(?s:${source})$`
}

/** @param original the names as written, by their new ones, where they were changed */
function groupNames(re2: RE2JS, original?: ReadonlyMap<string, string>): GroupNames {
  const names = new Map<string, number[]>()
  const numbered = Object.entries(re2.namedGroups()).sort(([, a], [, b]) => a - b)
  for (const [own, index] of numbered) {
    const name = original?.get(own) ?? own
    names.set(name, [...(names.get(name) ?? []), index])
  }
  return names
}
