/** A text that no log, error, API or metric may show: it prints as `<secret>`. */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
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
