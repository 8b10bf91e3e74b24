/**
 * Finds the lines that begin inside brackets or inside a quoted text.
 *
 * YAML wants such lines indented further than what they belong to; Go's YAML library does not care, so
 * configs that close a list with `]` under its key are common. This is a rough reading of YAML, for texts
 * that were refused because of that alone.
 * @returns where these lines start, in order
 */
export function innerLines(text: string): readonly number[] {
  return new Reader(text).read()
}

class Reader {
  readonly #text: string
  readonly #found: number[] = []
  #at = 0
  /** Lines indented further than this belong to a block scalar (`|`, `>`). */
  #blockIndent = Infinity

  constructor(text: string) {
    this.#text = text
  }

  read(): readonly number[] {
    while (this.#at < this.#text.length) {
      const start = this.#at
      this.#spaces()
      const indent = this.#at - start
      const isBlank = this.#isEnd() || this.#char() === '#'
      if (!isBlank && indent <= this.#blockIndent) {
        this.#blockIndent = Infinity
        this.#line(start)
      }
      this.#toLineEnd()
    }
    return this.#found
  }

  /** Reads what stands on a line, and on those that it drags along. */
  #line(start: number): void {
    let owner = this.#at - start
    for (;;) {
      this.#spaces()
      const char = this.#char()
      if (this.#isEnd() || char === '#') return
      if ((char === '-' || char === '?') && this.#isGap(1)) {
        owner = this.#at - start
        this.#at += 1
      } else if (char === '&' || char === '!' || char === '*') this.#word()
      else if (char === '|' || char === '>') {
        this.#blockIndent = owner
        return
      } else {
        const column = this.#at - start
        if (!this.#keyOrValue(char)) return
        owner = column
      }
    }
  }

  /** Reads a scalar or a collection; says whether it was a key. */
  #keyOrValue(char: string): boolean {
    if (char === '"' || char === "'") this.#quoted(char)
    else if (char === '[' || char === '{') this.#brackets()
    else return this.#plain()
    this.#spaces()
    if (this.#char() !== ':') return false
    this.#at += 1
    return true
  }

  #plain(): boolean {
    while (!this.#isEnd()) {
      const char = this.#char()
      this.#at += 1
      if (char === ':' && this.#isGap(0)) return true
      if (char === ' ' && this.#char() === '#') return false
    }
    return false
  }

  #quoted(quote: string): void {
    this.#at += 1
    while (this.#at < this.#text.length) {
      const char = this.#char()
      this.#step()
      if (char === '\\' && quote === '"') this.#step()
      else if (char === quote) {
        if (quote === '"' || this.#char() !== "'") return
        this.#at += 1
      }
    }
  }

  #brackets(): void {
    let depth = 0
    let isTokenStart = true
    while (this.#at < this.#text.length) {
      const char = this.#char()
      if (isTokenStart && (char === '"' || char === "'")) {
        this.#quoted(char)
        isTokenStart = false
        continue
      }
      if (char === '#' && /\s/.test(this.#text[this.#at - 1] ?? ' ')) {
        while (!this.#isEnd()) this.#at += 1
        continue
      }
      this.#step()
      if (char === '[' || char === '{') depth += 1
      if (char === ']' || char === '}') depth -= 1
      if (depth === 0) return
      isTokenStart = /[[{,:?\s]/.test(char) && (isTokenStart || !/\s/.test(char))
    }
  }

  /** One character on; a line that begins here begins inside of something. */
  #step(): void {
    this.#at += 1
    if (this.#text[this.#at - 1] === '\n') this.#found.push(this.#at)
  }

  #word(): void {
    while (!this.#isGap(0)) this.#at += 1
  }

  #spaces(): void {
    while (this.#char() === ' ' || this.#char() === '\t') this.#at += 1
  }

  #toLineEnd(): void {
    const end = this.#text.indexOf('\n', this.#at)
    this.#at = end < 0 ? this.#text.length : end + 1
  }

  #char(): string {
    return this.#text[this.#at] ?? ''
  }

  #isEnd(): boolean {
    const char = this.#char()
    return char === '' || char === '\n' || char === '\r'
  }

  #isGap(ahead: number): boolean {
    return /^\s?$/.test(this.#text[this.#at + ahead] ?? '')
  }
}
