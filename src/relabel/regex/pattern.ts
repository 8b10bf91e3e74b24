import { RE2JS } from 're2js'
import type { Parsed } from './ast.js'
import { capturer, type Groups, tester, translatable } from './engine.js'

/** An expression that RE2 refuses; the message is Go's own. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
  readonly code = 'ERR_RELABEL_REGEX'
}

/**
 * A relabelling expression: RE2's language, a dot matches a newline too, and the whole text has to
 * match (`^(?s:…)$`, as Prometheus wraps it). Matching takes time linear in the text.
 */
export class Pattern {
  readonly #re2: RE2JS
  readonly #parsed: Parsed | undefined
  readonly #named: ReadonlyMap<string, number>

  private constructor(source: string, re2: RE2JS) {
    this.#re2 = re2
    this.#parsed = translatable(source)
    this.#named = this.#parsed?.names ?? new Map(Object.entries(re2.namedGroups()))
  }

  /** @throws {PatternError} with Go's words for what is wrong */
  static compile(source: string): Pattern {
    try {
      return new Pattern(source, RE2JS.compile(`^(?s:${source})$`))
    } catch (error) {
      if (!(error instanceof Error)) throw error
      throw new PatternError(error.message, { cause: error })
    }
  }

  /** The number of a group, which is given by its name or its number; undefined where there is none. */
  groupOf(reference: string | number): number | undefined {
    if (typeof reference === 'string') return this.#named.get(reference)
    return reference <= this.#re2.groupCount() ? reference : undefined
  }

  /** Makes a function that says whether a text matches. */
  tester(): (value: string) => boolean {
    return tester(this.#re2, this.#parsed)
  }

  /** Makes a function that gives the groups of the first match; only those in `keep` may be asked for. */
  capturer(keep: ReadonlySet<number>): (value: string) => Groups | undefined {
    return capturer(this.#re2, this.#parsed, keep)
  }

  /**
   * Puts `expand` in place of every match. There is one at most, except for an expression that
   * closes the wrapping parenthesis itself (`a)|(b`), which Prometheus takes as it comes.
   */
  replaceAll(value: string, expand: (groups: Groups) => string): string {
    const matcher = this.#re2.matcher(value)
    let out = ''
    let end = 0
    while (matcher.find()) {
      out += value.slice(end, matcher.start()) + expand((index) => matcher.group(index) ?? '')
      end = matcher.end()
    }
    return out + value.slice(end)
  }
}
