import { goQuote } from '../../go/quote.js'
import { Pattern, PatternError } from '../../relabel/regex/pattern.js'

/** A query cannot be read; the message says what to change, and `from` and `to` where it stands. */
export class QueryError extends Error {
  override readonly name = 'QueryError'
  readonly code = 'ERR_SEARCH_QUERY'
  /** The characters of the query that are wrong: from this one, the first is 0, to before that one. */
  readonly from: number
  readonly to: number

  constructor(message: string, from: number, to: number, options?: ErrorOptions) {
    super(`character ${String(from + 1)}: ${message}`, options)
    this.from = from
    this.to = to
  }
}

/** What a query asks of a target; all of its terms have to hold. */
export type Term = { readonly isNegated: boolean } & (
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'label'; readonly name: string; readonly test: (value: string) => boolean }
  | { readonly kind: 'rule'; readonly number: number }
  | { readonly kind: 'provider'; readonly name: string }
  | { readonly kind: 'duplicate' }
)

/** A query that was read. */
export interface Query {
  readonly text: string
  readonly terms: readonly Term[]
}

// What a person or a link has in it; more is a mistake, and would be looked for in every label.
const maxCharacters = 4096
const maxTerms = 32

const space = /\s*/y
const labelName = /[A-Za-z_][A-Za-z0-9_]*/y
const operator = /=~|!~|!=|=/y
const keyword = /(rule|provider|member|dup):(\S*)/y
// The metric of a pasted PromQL selector: targets have none.
const metricName = /[A-Za-z_:][A-Za-z0-9_:]*(?=\{)/y
const word = /\S+/y
const bareValue = /\S*/y

/**
 * Reads a query: words, `-word`, `label=value` and the other matchers of PromQL, a whole selector, `rule:3`,
 * `provider:consul/0` and `dup:`. All of it has to hold.
 * @throws {QueryError} that says where it is wrong
 */
export function parseQuery(text: string): Query {
  if (text.length > maxCharacters) {
    const message = `a query has ${String(maxCharacters)} characters at most`
    throw new QueryError(message, maxCharacters, text.length)
  }
  const terms = new QueryReader(text).terms()
  return { text, terms }
}

class QueryReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  terms(): readonly Term[] {
    const terms: Term[] = []
    for (;;) {
      this.#take(space)
      if (this.#at >= this.#text.length) return terms
      const from = this.#at
      for (const term of this.#next()) terms.push(term)
      if (terms.length > maxTerms) {
        throw this.#error(`a query has ${String(maxTerms)} terms at most`, from, this.#text.length)
      }
    }
  }

  /** What stands next; a selector is several terms. */
  #next(): readonly Term[] {
    const from = this.#at
    const isNegated = this.#text[from] === '-'
    if (isNegated) this.#at += 1
    const negated = (term: Term): Term => ({ ...term, isNegated: term.isNegated !== isNegated })
    const metric = this.#peek(metricName)
    if (this.#text[this.#at] === '{' || metric !== undefined) {
      if (isNegated) {
        throw this.#error('a selector cannot be negated: use != and !~ in it', from, this.#at + 1)
      }
      this.#at += metric?.length ?? 0
      return this.#selector()
    }
    const quote = this.#text[this.#at] ?? ''
    if (isQuote(quote)) {
      const start = this.#at
      const quoted = this.#quoted()
      return [negated(this.#matcher(quoted, start) ?? this.#word(quoted, start))]
    }
    const keyed = this.#keyword()
    if (keyed !== undefined) return [negated(keyed)]
    const start = this.#at
    const name = this.#peek(labelName)
    if (name !== undefined) {
      this.#at += name.length
      const matcher = this.#matcher(name, start)
      if (matcher !== undefined) return [negated(matcher)]
      this.#at = start
    }
    return [negated(this.#word(this.#take(word) ?? '', from))]
  }

  #word(text: string, from: number): Term {
    if (text === '') throw this.#error('a word is missing here', from, this.#at)
    return { kind: 'word', text, isNegated: false }
  }

  #keyword(): Term | undefined {
    const from = this.#at
    keyword.lastIndex = from
    const [all, kind = '', value = ''] = keyword.exec(this.#text) ?? []
    if (all === undefined) return undefined
    this.#at += all.length
    const isNegated = false
    switch (kind) {
      case 'rule': {
        if (/^[1-9][0-9]{0,5}$/.test(value)) return { kind, number: Number(value), isNegated }
        throw this.#error('rule: takes the number of a rule, such as rule:3', from, this.#at)
      }
      case 'provider': {
        if (value !== '') return { kind, name: value, isNegated }
        const message = 'provider: takes a provider or a mechanism, such as provider:consul/0'
        throw this.#error(message, from, this.#at)
      }
      case 'dup': {
        if (value === '') return { kind: 'duplicate', isNegated }
        throw this.#error('dup: takes nothing', from, this.#at)
      }
      default:
        throw this.#error('this muster shares its targets with no others', from, this.#at)
    }
  }

  /** `{a="b", "c.d"=~"e"}`, as in PromQL. */
  #selector(): readonly Term[] {
    const from = this.#at
    this.#at += 1
    const terms: Term[] = []
    for (;;) {
      this.#take(space)
      if (this.#text[this.#at] === '}') break
      const start = this.#at
      const name = isQuote(this.#text[start] ?? '') ? this.#quoted() : this.#take(labelName)
      if (name === undefined) {
        if (start >= this.#text.length) throw this.#error('this { has no }', from, from + 1)
        throw this.#error('a label name or } is missing here', start, start + 1)
      }
      this.#take(space)
      const term = this.#matcher(name, start, true)
      if (term === undefined) {
        throw this.#error(`=, !=, =~ or !~ is missing after ${goQuote(name)}`, start, this.#at)
      }
      terms.push(term)
      this.#take(space)
      if (this.#text[this.#at] === ',') this.#at += 1
      else if (this.#text[this.#at] !== '}') {
        if (this.#at >= this.#text.length) throw this.#error('this { has no }', from, from + 1)
        throw this.#error('a comma or } is missing here', this.#at, this.#at + 1)
      }
    }
    this.#at += 1
    return terms
  }

  /** What follows the name of a label, if that is a matcher. @param isQuoted whether its value has to be */
  #matcher(name: string, from: number, isQuoted = false): Term | undefined {
    const found = this.#take(operator)
    if (found === undefined) return undefined
    if (isQuoted) this.#take(space)
    const start = this.#at
    const hasQuotes = isQuote(this.#text[start] ?? '')
    if (isQuoted && !hasQuotes) {
      throw this.#error(`the value of ${goQuote(name)} needs quotes`, from, start)
    }
    const value = hasQuotes ? this.#quoted() : (this.#take(bareValue) ?? '')
    const isNegated = found.startsWith('!')
    const test = found.endsWith('~')
      ? this.#expression(value, start)
      : (is: string): boolean => is === value
    return { kind: 'label', name, test, isNegated }
  }

  #expression(source: string, from: number): (value: string) => boolean {
    const refuse = (message: string, cause?: unknown): QueryError =>
      new QueryError(message, from, this.#at, { cause })
    // A query is compiled in one turn of the event loop.
    if (Pattern.sizeOf(source) > maxExpression) throw refuse('the expression is too large')
    try {
      return Pattern.compile(source).tester()
    } catch (error) {
      if (!(error instanceof PatternError)) throw error
      throw refuse(error.message, error)
    }
  }

  /** A text in quotes, with Go's escapes but in backquotes. */
  #quoted(): string {
    const from = this.#at
    const quote = this.#text[from] ?? ''
    let text = ''
    for (let at = from + 1; at < this.#text.length; at += 1) {
      const character = this.#text[at] ?? ''
      if (character === quote) {
        this.#at = at + 1
        return text
      }
      if (character !== '\\' || quote === '`') {
        text += character
        continue
      }
      escapes.lastIndex = at
      const [all, code = ''] = escapes.exec(this.#text) ?? []
      if (all === undefined) {
        throw this.#error('such an escape is not known: write \\\\ for a backslash', at, at + 2)
      }
      text += named.get(code) ?? characterOf(code) ?? this.#badCharacter(at, all.length)
      at += all.length - 1
    }
    throw this.#error('this quote is not closed', from, from + 1)
  }

  #badCharacter(at: number, length: number): never {
    throw this.#error('no character has this number', at, at + length)
  }

  #peek(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    return pattern.exec(this.#text)?.[0]
  }

  #take(pattern: RegExp): string | undefined {
    const found = this.#peek(pattern)
    this.#at += found?.length ?? 0
    return found
  }

  #error(message: string, from: number, to: number): QueryError {
    return new QueryError(message, from, Math.max(to, from))
  }
}

/** Instructions of an expression: a few milliseconds of compiling. */
const maxExpression = 2000

const escapes = /\\([abfnrtv\\"'`]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/y
const named: ReadonlyMap<string, string> = new Map([
  ['a', '\u0007'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['\\', '\\'],
  ['"', '"'],
  ["'", "'"],
  ['`', '`'],
])

function characterOf(code: string): string | undefined {
  const number = Number.parseInt(code.slice(1), 16)
  return number > 0x10ffff ? undefined : String.fromCodePoint(number)
}

function isQuote(character: string): boolean {
  return character === '"' || character === "'" || character === '`'
}
