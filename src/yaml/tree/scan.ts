import { allAtOnce, type Steps } from '../../waiting/turns.js'
import type { Edit } from './edited-text.js'

/** What Prometheus' YAML reader and js-yaml read in different ways, found in one text. */
export interface Scan {
  /** What js-yaml has to be given otherwise, to read it as Prometheus does. In order. */
  readonly edits: readonly Edit[]
  /** Where the lines start that begin inside brackets or inside a quoted text. In order. */
  readonly innerLines: readonly number[]
  /** The largest column, from 0, of a list or map that is told by its indentation. */
  readonly deepest: number
  /** Where the first document ends: what follows is not read. */
  readonly end: number
  /** Why Prometheus refuses the text, where js-yaml may take it. */
  readonly fault?: { readonly offset: number; readonly message: string } | undefined
}

/** Whether a text has anything that the two may read in different ways, other than its indentation. */
export function isUnusual(text: string): boolean {
  // A block that ends with the text, and not with a line end.
  if (!text.endsWith('\n') && /[|>]/u.test(text)) return true
  return unusual.some((pattern) => pattern.test(text)) || hasLongLine(text) || hasOpenLine(text)
}

// One after the other: as one expression they take thirty times as long.
const unusual: readonly RegExp[] = [
  // eslint-disable-next-line no-control-regex
  /[\t\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff&*!?%\\]/u,
  /[\]}'",|>]#|:[[\]{},]|[[{,]\s*:|[\]}'"] +[^\s#:,\]}]/u,
  /^ *(?:---|\.\.\.|(?:- +)*:(?:\s|$))/mu,
  /\r(?!\n)/u,
]

/** Whether brackets are open at the end of a line: a key may be on several lines then. */
function hasOpenLine(text: string): boolean {
  let open = 0
  for (const { 0: char } of text.matchAll(/[[\]{}\n]/gu)) {
    if (char === '[' || char === '{') open += 1
    else if (char !== '\n') open -= 1
    else if (open > 0) return true
    else open = 0
  }
  return open > 0
}

/** A key may be too long only on a line that is. */
function hasLongLine(text: string): boolean {
  for (let line = 0; line < text.length; ) {
    const end = text.indexOf('\n', line)
    if ((end < 0 ? text.length : end) - line > longestKey) return true
    if (end < 0) return false
    line = end + 1
  }
  return false
}

/** The characters that neither reader is sure about, and Go's refuses. */
// eslint-disable-next-line no-control-regex
const control = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/u

/** A key has to end, and its colon to come, within this many characters and on one line. */
const longestKey = 1024

/**
 * Goes through a text token by token, as go-yaml v2 (libyaml) does, and says where js-yaml reads it otherwise:
 * a comment that follows a bracket or a quote without a blank, tabs between tokens, line ends of YAML 1.1, a
 * second document, lines inside of brackets that are indented less; and what of it is refused.
 */
export function scan(text: string): Scan {
  return allAtOnce(scanning(text))
}

/** The same in steps. */
export function scanning(text: string): Steps<Scan> {
  return new Scanner(text).scan()
}

// How many tokens are read between two chances to pause.
const stride = 2048

class Fault extends Error {
  readonly offset: number

  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}

/** Where a key may begin that has no question mark before it: its colon has to follow. */
interface PossibleKey {
  readonly at: number
  readonly column: number
  readonly line: number
  /** Nothing else may stand here. */
  readonly isRequired: boolean
}

class Scanner {
  readonly #text: string
  readonly #edits: Edit[] = []
  readonly #innerLines: number[] = []
  #deepest = 0
  #at = 0
  #line = 0
  #lineStart = 0
  /** The columns of the lists and maps around that are told by indentation. */
  readonly #indents: number[] = []
  /** Of each of them: it is a map, and a question mark has begun a key that has no colon yet. */
  readonly #isKeyOpen: boolean[] = []
  /** For each bracket around, and outside of all: the key that may have begun. */
  readonly #keys: (PossibleKey | undefined)[] = [undefined]
  /** A scalar, an alias or a pair of brackets has come. */
  #hasContent = false
  /** A question mark stands before the key inside of brackets. */
  #isKeyMarked = false
  /** The last token was a value, or the end of one. */
  #isAfterValue = false
  /** A key without a question mark may begin here. */
  #isKeyAllowed = true

  constructor(text: string) {
    this.#text = text
  }

  *scan(): Steps<Scan> {
    const { end, fault } = yield* this.#document()
    return {
      edits: this.#edits,
      innerLines: this.#innerLines,
      deepest: this.#deepest,
      end,
      fault,
    }
  }

  *#document(): Steps<Pick<Scan, 'end' | 'fault'>> {
    const offset = this.#text.search(control)
    if (offset >= 0) {
      const fault = { offset, message: 'control characters are not allowed' }
      return { end: this.#text.length, fault }
    }
    try {
      return { end: yield* this.#tokens() }
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      return { end: this.#text.length, fault: { offset: error.offset, message: error.message } }
    }
  }

  /** @returns where the document ends */
  *#tokens(): Steps<number> {
    let isOpen = false
    let isBegun = false
    for (let count = 1; ; count += 1) {
      if (count % stride === 0) yield
      this.#toToken()
      this.#dropStaleKey()
      if (this.#at >= this.#text.length) {
        this.#dropKey()
        return this.#at
      }
      const isMarker = this.#isMarker()
      const isDirective = this.#column === 0 && this.#char() === '%'
      if (isMarker && (isBegun || isOpen)) {
        this.#dropKey()
        return this.#at
      }
      if (isDirective) {
        const start = this.#at
        this.#dropKey()
        const isOld = this.#directive()
        if (isBegun || isOpen) return start
        if (!isOld) this.#fail('found incompatible YAML document', start)
      } else if (isMarker) {
        if (this.#char() === '.') this.#fail('did not find expected node content')
        isOpen = true
        this.#at += 3
        this.#isKeyAllowed = false
      } else {
        this.#checkStart()
        if (isBegun && this.#isBehindRoot()) {
          // The first token behind it is looked at, and has to be one.
          const end = this.#at
          const edits = this.#edits.length
          this.#isAfterValue = false
          if (/["']/u.test(this.#char())) this.#token()
          this.#edits.length = edits
          return end
        }
        isBegun = true
        this.#unroll()
        this.#token()
      }
    }
  }

  /**
   * Whether the next token comes after the whole of the document: it is indented less than the list or map
   * that the document is, or that is in brackets or a scalar and is over.
   */
  #isBehindRoot(): boolean {
    if (this.#isInBrackets) return false
    const [root] = this.#indents
    if (root !== undefined) return this.#column < root
    const isValue = this.#char() === ':' && (this.#keys[0] !== undefined || !this.#isKeyAllowed)
    return this.#hasContent && !isValue
  }

  /** Refuses a character that no token begins with. */
  #checkStart(): void {
    const char = this.#char()
    if (!/[%@`\t|>]/u.test(char) || (!this.#isInBrackets && /[|>]/u.test(char))) return
    const hint = char === '\t' ? ' (a tab: indent with spaces)' : ''
    this.#fail(`found character that cannot start any token${hint}`)
  }

  /**
   * Something has to stand between two values: a comma or a colon inside of brackets; elsewhere a dash or a
   * colon, unless the next one is a key of the map around.
   */
  #separate(): void {
    if (!this.#isAfterValue) return
    if (this.#isInBrackets) this.#fail("did not find expected ',' or ']'")
    if (!this.#isKeyAllowed || this.#column !== this.#indent)
      this.#fail('did not find expected key')
    this.#isAfterValue = false
  }

  #beginValue(): void {
    this.#separate()
    this.#isAfterValue = true
  }

  #token(): void {
    const char = this.#char()
    switch (char) {
      case '[':
      case '{':
        this.#beginValue()
        this.#isAfterValue = false
        this.#isKeyMarked = false
        this.#saveKey()
        this.#keys.push(undefined)
        this.#isKeyAllowed = true
        this.#at += 1
        return
      case ']':
      case '}':
        this.#dropKey()
        if (this.#keys.length > 1) this.#keys.pop()
        this.#isKeyAllowed = false
        this.#hasContent = true
        this.#isAfterValue = true
        this.#at += 1
        return
      case ',':
        this.#isAfterValue = false
        this.#isKeyMarked = false
        this.#dropKey()
        this.#isKeyAllowed = true
        this.#at += 1
        return
      case '*':
      case '&':
        if (char === '*') this.#beginValue()
        else this.#separate()
        this.#saveKey()
        this.#isKeyAllowed = false
        this.#anchor()
        return
      case '!':
        this.#separate()
        this.#saveKey()
        this.#isKeyAllowed = false
        this.#tag()
        return
      case "'":
      case '"':
        this.#beginValue()
        this.#saveKey()
        this.#isKeyAllowed = false
        this.#quoted(char)
        return
      case '-':
        if (!this.#isGap(1)) break
        this.#entry('block sequence entries are not allowed in this context')
        this.#isAfterValue = false
        this.#isKeyAllowed = true
        return
      case '?':
        if (!this.#isInBrackets && !this.#isGap(1)) break
        this.#beginValue()
        this.#isAfterValue = false
        this.#isKeyMarked = true
        if (this.#isInBrackets && !this.#isGap(1)) {
          this.#edits.push({ at: this.#at + 1, remove: 0, insert: ' ' })
        }
        this.#entry('mapping keys are not allowed in this context')
        this.#isKeyAllowed = !this.#isInBrackets
        return
      case ':':
        if (!this.#isInBrackets && !this.#isGap(1)) break
        this.#value()
        return
      case '|':
      case '>':
        if (this.#isInBrackets) break
        this.#beginValue()
        this.#dropKey()
        this.#isKeyAllowed = true
        this.#block()
        return
    }
    this.#beginValue()
    this.#saveKey()
    this.#isKeyAllowed = false
    this.#plain()
  }

  #fail(message: string, offset = this.#at): never {
    throw new Fault(offset, message)
  }

  /** To the next token, over blanks, comments and line ends. */
  #toToken(): void {
    for (;;) {
      const char = this.#char()
      // Anywhere else it is a character like others.
      if (char === '\ufeff' && this.#at < 2 && this.#line === 0 && this.#column === 0) {
        if (this.#at > 0) this.#edit(1, '')
        this.#at += 1
        // It has no width.
        this.#lineStart += 1
      } else if (char === ' ') this.#at += 1
      else if (char === '\t' && (this.#isInBrackets || !this.#isKeyAllowed)) {
        this.#edit(1, ' ')
        this.#at += 1
      } else if (char === '#') this.#comment()
      else if (isBreak(char)) {
        this.#break()
        if (this.#isInBrackets) this.#innerLines.push(this.#at)
        else this.#isKeyAllowed = true
      } else return
    }
  }

  #comment(): void {
    const start = this.#at
    while (!this.#isEnd()) this.#at += 1
    if (start > 0 && !/\s/u.test(this.#text[start - 1] ?? '')) {
      this.#edits.push({ at: start, remove: this.#at - start, insert: '' })
    }
  }

  /** @returns whether it asks for nothing but YAML 1.1 */
  #directive(): boolean {
    const [line = ''] = /[^\r\n]*/u.exec(this.#text.slice(this.#at)) ?? []
    const [, name = '', value = ''] = /^%([\w-]*)[ \t]*(\S*)/u.exec(line) ?? []
    if (name === '') this.#fail('could not find expected directive name')
    if (name !== 'YAML' && name !== 'TAG') this.#fail('found unknown directive name')
    if (name === 'YAML' && !/^\d{1,9}\.\d{1,9}$/u.test(value)) {
      this.#fail('did not find expected version number')
    }
    this.#at += line.length
    // Its line end is part of it: the next line is still behind it, and tabs may stand there.
    if (this.#at < this.#text.length) this.#break()
    this.#isKeyAllowed = false
    return name === 'TAG' || value === '1.1'
  }

  /** A dash or a question mark: an entry of a list or map that its indentation tells. */
  #entry(refusal: string): void {
    if (!this.#isInBrackets) {
      if (!this.#isKeyAllowed) this.#fail(refusal)
      this.#roll(this.#column)
      this.#isKeyOpen[this.#indents.length - 1] = this.#char() === '?'
    }
    this.#dropKey()
    this.#at += 1
  }

  #value(): void {
    const key = this.#keys.at(-1)
    if (this.#isInBrackets && key === undefined && !this.#isKeyMarked) {
      this.#fail(
        this.#isAfterValue
          ? "did not find expected ',' or ']'"
          : 'did not find expected node content',
      )
    }
    this.#isAfterValue = false
    this.#isKeyMarked = false
    if (key !== undefined) {
      this.#keys[this.#keys.length - 1] = undefined
      if (!this.#isInBrackets) {
        this.#roll(key.column)
        this.#isKeyOpen[this.#indents.length - 1] = false
      }
      this.#isKeyAllowed = false
    } else {
      if (!this.#isInBrackets) {
        if (!this.#isKeyAllowed) this.#fail('mapping values are not allowed in this context')
        this.#roll(this.#column)
        if (this.#isKeyOpen.at(-1) !== true) this.#fail('did not find expected key')
        this.#isKeyOpen[this.#indents.length - 1] = false
      }
      this.#isKeyAllowed = !this.#isInBrackets
    }
    this.#at += 1
  }

  #anchor(): void {
    const start = this.#at
    if (this.#char() === '*') this.#hasContent = true
    this.#at += 1
    while (/[\w-]/u.test(this.#char())) this.#at += 1
    if (this.#at > start + 1 && this.#isGap(0)) return
    if (this.#at > start + 1 && '?:,]}%@`'.includes(this.#char())) {
      // To js-yaml it would be part of the name.
      if ('?:'.includes(this.#char())) this.#edit(0, ' ')
      return
    }
    this.#fail('did not find expected alphabetic or numeric character', start)
  }

  #tag(): void {
    const start = this.#at
    const [opening = ''] =
      /^!(?:<|[\w-]*!)?/u.exec(this.#text.slice(start, start + longestKey)) ?? []
    this.#at += opening.length
    const from = this.#at
    while (/[\w!;/?:@&=+$,.~*'()[\]%-]/u.test(this.#char())) this.#at += 1
    this.#checkUri(this.#text.slice(from, this.#at), start)
    // Only the `!` alone needs nothing behind it.
    if (this.#at === from && opening !== '!') this.#fail('did not find expected tag URI', start)
    if (opening === '!<') {
      if (this.#char() !== '>') this.#fail("did not find the expected '>'", start)
      this.#at += 1
    }
    if (!this.#isGap(0)) this.#fail('did not find expected whitespace or line break', start)
    // To js-yaml it ends before these.
    if (this.#isInBrackets && /[,[\]]/u.test(this.#text.slice(start, this.#at))) {
      this.#edits.push({ at: start, remove: this.#at - start, insert: '!x' })
    }
  }

  /** Escapes in a tag have to be those of UTF-8. */
  #checkUri(uri: string, start: number): void {
    if (/%(?![\da-f]{2})/iu.test(uri)) this.#fail('did not find URI escaped octet', start)
    try {
      decodeURIComponent(uri)
    } catch (error) {
      if (!(error instanceof URIError)) throw error
      this.#fail('found an incorrect UTF-8 octet', start)
    }
  }

  #plain(): void {
    this.#hasContent = true
    const indent = this.#indent + 1
    const start = this.#at
    const isIndented = this.#column > 0
    let isAfterBreak = false
    let end = this.#at
    for (;;) {
      if (this.#isMarker() || this.#char() === '#') break
      while (!this.#isGap(0)) {
        const char = this.#char()
        if (char === ':' && this.#isGap(1)) break
        if (this.#isInBrackets && ',?[]{}'.includes(char)) break
        isAfterBreak = false
        this.#at += 1
        end = this.#at
      }
      if (!this.#isGap(0) || this.#at >= this.#text.length) break
      while (this.#isGap(0) && this.#at < this.#text.length) {
        const char = this.#char()
        if (isBreak(char)) {
          isAfterBreak = true
          this.#break()
          if (this.#isInBrackets) this.#innerLines.push(this.#at)
        } else {
          if (isAfterBreak && char === '\t' && this.#column < indent) {
            this.#fail('found a tab character that violates indentation')
          }
          this.#at += 1
        }
      }
      if (!this.#isInBrackets && this.#column < indent) break
    }
    const written = this.#text.slice(start, end)
    // Behind blanks the one is a text, and js-yaml takes it for the start of a document; the other is one
    // without a value behind the colon, and js-yaml takes it for a key.
    const isMisread =
      (isIndented && written === '---') ||
      (this.#isInBrackets && /:$|:[,[\]{}]/u.test(written)) ||
      /^\ufeff|[\u2028\u2029]/u.test(written)
    if (isMisread) this.#rewrite(start, end, folded(quotable(written)))
    if (isAfterBreak) this.#isKeyAllowed = true
    // Blanks behind the text are between tokens.
    else {
      for (let at = end; at < this.#at; at += 1) {
        if (this.#text[at] === '\t') this.#edits.push({ at, remove: 1, insert: ' ' })
      }
    }
  }

  #quoted(quote: string): void {
    this.#hasContent = true
    const start = this.#at
    this.#at += 1
    for (;;) {
      if (this.#isMarker()) this.#fail('found unexpected document indicator')
      if (this.#at >= this.#text.length) this.#fail('found unexpected end of stream', start)
      const char = this.#char()
      if (char === quote) {
        this.#at += 1
        if (quote === '"' || this.#char() !== "'") {
          this.#checkLines(start, quote)
          return
        }
        this.#at += 1
      } else if (char === '\\' && quote === '"') this.#escape()
      else if (isBreak(char)) this.#innerBreak()
      else this.#at += 1
    }
  }

  /** Rewrites a quoted text whose line ends js-yaml does not read as such. */
  #checkLines(start: number, quote: string): void {
    const inner = this.#text.slice(start + 1, this.#at - 1)
    // To js-yaml an escaped line end takes the empty lines behind it with it.
    const isTorn = quote === '"' && /\\(?:\r\n|[\n\r])[ \t]*[\n\r]/u.test(inner)
    if (!isTorn && !/[\u2028\u2029]/u.test(inner)) return
    const body = quote === "'" ? quotable(inner.replaceAll("''", "'")) : inner
    this.#rewrite(start, this.#at, folded(body))
  }

  /** Gives js-yaml another text for a scalar, in double quotes. */
  #rewrite(start: number, end: number, body: string, behind = ''): void {
    // What was found behind the scalar stays.
    const edits = this.#edits.splice(countBefore(this.#edits, ({ at }) => at >= start))
    const lines = this.#innerLines.splice(countBefore(this.#innerLines, (at) => at > start))
    this.#edits.push({ at: start, remove: end - start, insert: `"${body}"${behind}` })
    this.#edits.push(...edits.filter(({ at }) => at >= end))
    this.#innerLines.push(...lines.filter((at) => at > end))
  }

  #innerBreak(): void {
    this.#break()
    this.#innerLines.push(this.#at)
  }

  #escape(): void {
    const start = this.#at
    const char = this.#text[start + 1] ?? ''
    this.#at += 1
    if (isBreak(char)) {
      this.#innerBreak()
      return
    }
    if (!/[0abt\tnvfre "'\\N_LPxuU]/u.test(char))
      this.#fail('found unknown escape character', start)
    this.#at += 1
    if (char === "'") this.#edits.push({ at: start, remove: 1, insert: '' })
    const digits = { x: 2, u: 4, U: 8 }[char] ?? 0
    if (digits === 0) return
    const hex = this.#text.slice(this.#at, this.#at + digits)
    if (hex.length < digits || !/^[\da-f]*$/iu.test(hex)) {
      this.#fail('did not find expected hexdecimal number', start)
    }
    const code = Number.parseInt(hex, 16)
    if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) {
      this.#fail('found invalid Unicode character escape code', start)
    }
    this.#at += digits
  }

  #block(): void {
    this.#hasContent = true
    const start = this.#at
    const [header = ''] =
      /^[|>](?:[+-]\d?|\d[+-]?)?/u.exec(this.#text.slice(start, start + 3)) ?? []
    const digit = /\d/u.exec(header)?.[0]
    if (digit === '0') this.#fail('found an indentation indicator equal to 0', start)
    this.#at += header.length
    while (isBlank(this.#char())) {
      if (this.#char() === '\t') this.#edit(1, ' ')
      this.#at += 1
    }
    if (this.#char() === '#') this.#comment()
    if (!this.#isEnd()) this.#fail('did not find expected comment or line break', start)
    if (this.#at < this.#text.length) this.#break()
    const parent = this.#indent
    const given = digit === undefined ? 0 : Number(digit)
    const value = new BlockValue(header.startsWith('|'))
    const indent = this.#blockBreaks(given === 0 ? 0 : Math.max(parent, 0) + given, value)
    while (this.#column === indent && this.#at < this.#text.length) {
      const from = this.#at
      while (!this.#isEnd()) this.#at += 1
      const to = this.#at
      if (this.#at < this.#text.length) this.#break()
      value.line(this.#text.slice(from, to), this.#text.slice(to, this.#at))
      this.#blockBreaks(indent, value)
    }
    if (!value.isOdd) return
    const chomping = /[+-]/u.exec(header)?.[0]
    const end = this.#at < this.#text.length ? this.#lineStart : this.#at
    this.#rewrite(start, end, value.end(chomping), '\n')
  }

  /** Over empty lines and the indentation of a block's next line. @returns the block's indentation */
  #blockBreaks(indent: number, value: BlockValue): number {
    let most = 0
    const isShort = (): boolean => indent === 0 || this.#column < indent
    for (;;) {
      while (isShort() && this.#char() === ' ') this.#at += 1
      most = Math.max(most, this.#column)
      if (isShort() && this.#char() === '\t') {
        this.#fail('found a tab character where an indentation space is expected')
      }
      if (!isBreak(this.#char())) break
      const from = this.#at
      this.#break()
      value.empty(this.#text.slice(from, this.#at))
    }
    return indent === 0 ? Math.max(most, this.#indent + 1, 1) : indent
  }

  #saveKey(): void {
    if (!this.#isKeyAllowed) return
    this.#dropKey()
    const column = this.#column
    this.#keys[this.#keys.length - 1] = {
      at: this.#at,
      column,
      line: this.#line,
      isRequired: !this.#isInBrackets && column === this.#indent,
    }
  }

  #dropKey(): void {
    const key = this.#keys.at(-1)
    if (key === undefined) return
    if (key.isRequired) this.#fail("could not find expected ':'", key.at)
    this.#keys[this.#keys.length - 1] = undefined
  }

  #dropStaleKey(): void {
    const key = this.#keys.at(-1)
    if (key === undefined) return
    if (key.line < this.#line || this.#at - key.at > longestKey) this.#dropKey()
  }

  #roll(column: number): void {
    if (this.#indent < column) {
      this.#indents.push(column)
      this.#isKeyOpen.push(false)
    }
    this.#deepest = Math.max(this.#deepest, column)
  }

  #unroll(): void {
    if (this.#isInBrackets) return
    while (this.#indent > this.#column) {
      this.#indents.pop()
      this.#isKeyOpen.pop()
    }
  }

  #break(): void {
    const char = this.#char()
    if (/[\x85\u2028\u2029]/u.test(char)) this.#edit(1, '\n')
    this.#at += char === '\r' && this.#text[this.#at + 1] === '\n' ? 2 : 1
    this.#line += 1
    this.#lineStart = this.#at
  }

  #edit(remove: number, insert: string): void {
    this.#edits.push({ at: this.#at, remove, insert })
  }

  get #indent(): number {
    return this.#indents.at(-1) ?? -1
  }

  get #isInBrackets(): boolean {
    return this.#keys.length > 1
  }

  get #column(): number {
    return this.#at - this.#lineStart
  }

  #isMarker(): boolean {
    if (this.#at !== this.#lineStart) return false
    return /^(?:---|\.\.\.)(?:[\s\x85]|$)/u.test(this.#text.slice(this.#at, this.#at + 4))
  }

  #char(): string {
    return this.#text[this.#at] ?? ''
  }

  /** At the end of a line, or of the text. */
  #isEnd(): boolean {
    const char = this.#char()
    return char === '' || isBreak(char)
  }

  #isGap(ahead: number): boolean {
    const char = this.#text[this.#at + ahead] ?? ''
    return char === '' || isBlank(char) || isBreak(char)
  }
}

/** How many elements stand before the last run of those. */
function countBefore<T>(list: readonly T[], isMeant: (element: T) => boolean): number {
  return list.findLastIndex((element) => !isMeant(element)) + 1
}

/** The value of a block scalar as libyaml makes it of its lines. It is in escapes, for double quotes. */
class BlockValue {
  readonly #isLiteral: boolean
  #text = ''
  /** The end of the last line, and of those after it that are empty. */
  #leading = ''
  #trailing = ''
  #wasBlank = false
  /** Some line ends in a way that js-yaml does not read as such. */
  isOdd = false

  constructor(isLiteral: boolean) {
    this.#isLiteral = isLiteral
  }

  empty(end: string): void {
    this.#trailing += this.#end(end)
  }

  line(line: string, end: string): void {
    const isBlankNow = isBlank(line[0] ?? '')
    const isFolded = !this.#isLiteral && this.#leading === '\\n' && !this.#wasBlank && !isBlankNow
    if (!isFolded) this.#text += this.#leading
    else if (this.#trailing === '') this.#text += ' '
    this.#text += this.#trailing + quotable(line).replaceAll('\ufeff', '\\ufeff')
    this.#wasBlank = isBlankNow
    this.#trailing = ''
    this.#leading = this.#end(end)
    // js-yaml ends it with a line end all the same.
    if (end === '') this.isOdd = true
  }

  /** @param chomping `-` leaves out the line ends at the end, `+` keeps all of them */
  end(chomping: string | undefined): string {
    if (chomping === '-') return this.#text
    return this.#text + this.#leading + (chomping === '+' ? this.#trailing : '')
  }

  #end(end: string): string {
    if (/[\u2028\u2029]/u.test(end)) this.isOdd = true
    return breaksIn(end)
  }
}

/** A text as it is written in double quotes, its line ends left as they are. */
function quotable(text: string): string {
  return text.replace(/[\\"]/gu, '\\$&')
}

/**
 * A text in double quotes on one line: its lines are folded as libyaml does. A line end of YAML 1.1 alone
 * (U+2028, U+2029) stays in the text.
 */
function folded(body: string): string {
  const escapes: Readonly<Record<string, string>> = {
    '\\': '\\x5c',
    "'": "'",
    ' ': '\\x20',
    '\t': '\\t',
  }
  const safe = body
    .replace(/\\([^])/gu, (escape, char: string) => escapes[char] ?? escape)
    .replaceAll('\ufeff', '\\ufeff')
  const lines =
    /(?:(\\)|[ \t]*)(\r\n|[\n\r\x85\u2028\u2029])((?:[ \t]|\r\n|[\n\r\x85\u2028\u2029])*)/gu
  return safe.replace(lines, (_, escape: string | undefined, first: string, more: string) => {
    const others = breaksIn(more)
    if (escape !== undefined) return others
    const one = breaksIn(first)
    if (one !== '\\n') return one + others
    return others === '' ? ' ' : others
  })
}

/** The line ends of a text, as escapes. */
function breaksIn(text: string): string {
  return (text.match(/\r\n|[\n\r\x85\u2028\u2029]/gu) ?? [])
    .map((end) => (end === '\u2028' ? '\\L' : end === '\u2029' ? '\\P' : '\\n'))
    .join('')
}

function isBlank(char: string): boolean {
  return char === ' ' || char === '\t'
}

function isBreak(char: string): boolean {
  return char === '\n' || char === '\r' || char === '\x85' || char === '\u2028' || char === '\u2029'
}
