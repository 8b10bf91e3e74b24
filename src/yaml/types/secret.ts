/** A text that no log, error, API or metric may show: it prints as `<secret>`. */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /**
   * Whether a value is a secret. One that a module of `--discovery.mechanism` made is too: it may come from
   * another copy of this class.
   */
  static [Symbol.hasInstance](value: unknown): boolean {
    return Object.prototype.toString.call(value) === '[object Secret]'
  }

  get [Symbol.toStringTag](): string {
    return 'Secret'
  }

  /** The text itself, for the one place that sends it. */
  reveal(): string {
    return this.#text
  }

  get isEmpty(): boolean {
    return this.#text === ''
  }

  toString(): string {
    return '<secret>'
  }

  toJSON(): string {
    return '<secret>'
  }
}
