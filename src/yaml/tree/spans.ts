import {
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
} from 'js-yaml'

/** A node of a YAML text and the characters it is written with: for changing a file and leaving the rest as it is. */
export type SpanNode = ScalarSpan | ListSpan | MapSpan | AliasSpan

interface Span {
  /** The first character. */
  readonly start: number
  /** Behind the last character. */
  readonly end: number
}

export interface ScalarSpan extends Span {
  readonly kind: 'scalar'
  /** `absent` has no characters: it begins and ends behind the colon or dash before it. */
  readonly style: 'plain' | 'single' | 'double' | 'block' | 'absent'
}

export interface ListSpan extends Span {
  readonly kind: 'list'
  readonly isFlow: boolean
  readonly items: readonly SpanNode[]
}

export interface MapSpan extends Span {
  readonly kind: 'map'
  readonly isFlow: boolean
  readonly entries: readonly EntrySpan[]
}

export interface EntrySpan {
  readonly key: SpanNode
  readonly value: SpanNode
}

/** `*name`: its anchor is elsewhere. */
export interface AliasSpan extends Span {
  readonly kind: 'alias'
}

const maxDepth = 100

/**
 * The first document of a text, as spans.
 * @throws {YAMLException} where the text is not YAML to js-yaml, which is stricter than Prometheus here and there
 */
export function parseSpans(text: string): SpanNode {
  return new SpanBuilder(text, parseEvents(text, { maxDepth })).build()
}

class SpanBuilder {
  readonly #text: string
  readonly #events: readonly Event[]
  #next = 0
  /** Where the last node ends. */
  #end = 0

  constructor(text: string, events: readonly Event[]) {
    this.#text = text
    this.#events = events
  }

  build(): SpanNode {
    this.#next = 1
    return this.#node()
  }

  #node(): SpanNode {
    const node = this.#read()
    this.#end = node.end
    return node
  }

  #read(): SpanNode {
    const event = this.#events[this.#next++]
    switch (event?.type) {
      case EVENT_ID.SCALAR:
        return this.#scalar(event)
      case EVENT_ID.ALIAS:
        return { kind: 'alias', start: event.anchorStart - 1, end: event.anchorEnd }
      case EVENT_ID.SEQUENCE: {
        const isFlow = event.style === COLLECTION_STYLE.FLOW
        this.#end = isFlow ? event.start + 1 : event.start
        const items: SpanNode[] = []
        while (!this.#popped()) items.push(this.#node())
        return { kind: 'list', start: event.start, end: this.#close(isFlow), isFlow, items }
      }
      case EVENT_ID.MAPPING: {
        const isFlow = event.style === COLLECTION_STYLE.FLOW
        this.#end = isFlow ? event.start + 1 : event.start
        const entries: EntrySpan[] = []
        while (!this.#popped()) entries.push({ key: this.#node(), value: this.#node() })
        return { kind: 'map', start: event.start, end: this.#close(isFlow), isFlow, entries }
      }
      case EVENT_ID.DOCUMENT:
      case EVENT_ID.POP:
      case undefined:
        return { kind: 'scalar', start: this.#end, end: this.#end, style: 'absent' }
    }
  }

  #popped(): boolean {
    const event = this.#events[this.#next]
    if (event !== undefined && event.type !== EVENT_ID.POP) return false
    this.#next += 1
    return true
  }

  /** Behind the bracket of a flow collection: only commas, spaces and comments stand before it. */
  #close(isFlow: boolean): number {
    if (!isFlow) return this.#end
    const rest = /(?:[\s,]|#[^\n]*(?:\n|$))*[\]}]/y
    rest.lastIndex = this.#end
    return rest.test(this.#text) ? rest.lastIndex : this.#end
  }

  #scalar(event: ScalarEvent): ScalarSpan {
    const { valueStart: start, valueEnd: end } = event
    if (start < 0) {
      const behind = /[ \t]*:/y
      behind.lastIndex = this.#end
      const at = behind.test(this.#text) ? behind.lastIndex : this.#end
      return { kind: 'scalar', start: at, end: at, style: 'absent' }
    }
    switch (event.style) {
      case SCALAR_STYLE.SINGLE_QUOTED:
        return { kind: 'scalar', start: start - 1, end: end + 1, style: 'single' }
      case SCALAR_STYLE.DOUBLE_QUOTED:
        return { kind: 'scalar', start: start - 1, end: end + 1, style: 'double' }
      case SCALAR_STYLE.PLAIN:
        return { kind: 'scalar', start, end, style: 'plain' }
      case SCALAR_STYLE.LITERAL_BLOCK:
      case SCALAR_STYLE.FOLDED_BLOCK:
        return { kind: 'scalar', start, end: this.#withoutBreaks(end), style: 'block' }
    }
  }

  #withoutBreaks(end: number): number {
    let at = end
    while (at > 0 && /\s/.test(this.#text[at - 1] ?? '')) at -= 1
    return at
  }
}
