import { Untranslatable } from './ast.js'

/** Reads the text of an expression from left to right. */
export class Reader {
  readonly #source: string
  #at = 0

  constructor(source: string) {
    this.#source = source
  }

  get done(): boolean {
    return this.#at >= this.#source.length
  }

  /** The character here, or the empty text at the end. */
  peek(ahead = 0): string {
    return this.#source.charAt(this.#at + ahead)
  }

  /** Goes past the text if it stands here. */
  take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  /** What a sticky expression finds here, without going on. */
  look(sticky: RegExp): RegExpExecArray | undefined {
    sticky.lastIndex = this.#at
    return sticky.exec(this.#source) ?? undefined
  }

  skip(count: number): void {
    this.#at += count
  }

  next(): string {
    const character = this.peek()
    this.#at += 1
    return character
  }

  /** Goes past one code point. */
  nextCode(): number {
    const code = this.#source.codePointAt(this.#at)
    if (code === undefined) throw new Untranslatable('ends early')
    this.#at += code > 0xffff ? 2 : 1
    return code
  }

  /** The text up to the mark, which is gone past; up to the end where there is none. */
  until(mark: string): string {
    const found = this.#source.indexOf(mark, this.#at)
    const end = found < 0 ? this.#source.length : found
    const text = this.#source.slice(this.#at, end)
    this.#at = found < 0 ? end : end + mark.length
    return text
  }
}
