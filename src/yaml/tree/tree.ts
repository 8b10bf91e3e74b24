import {
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  YAMLException,
} from 'js-yaml'
import type { Steps } from '../../waiting/turns.js'
import { decodeBase64 } from './binary.js'
import { ConfigError } from '../issue.js'
import { type Edit, type EditedText, editText, unedited } from './edited-text.js'
import { NotInPiecesError, type Piece } from './pieces.js'
import { isUnusual, type Scan, scan, scanning } from './scan.js'
import type { Source } from './source.js'

/** A scalar as it stands in the file; what it means depends on the type that reads it, as in Go. */
export interface ScalarNode {
  readonly kind: 'scalar'
  readonly offset: number
  readonly text: string
  /** Written without quotes: only then may it be a number, a boolean or null. */
  readonly plain: boolean
  /** An explicit tag; `!!binary` only where the text is not base64, else it is decoded already. */
  readonly tag: string
}

export interface ListNode {
  readonly kind: 'list'
  readonly offset: number
  readonly items: readonly Node[]
}

export interface MapEntry {
  readonly key: ScalarNode
  readonly value: Node
  /** It comes from another map, by a merge key. */
  readonly isMerged?: true
}

export interface MapNode {
  readonly kind: 'map'
  readonly offset: number
  /**
   * In file order, duplicates included; those of another map stand where its merge key does. Go's YAML library
   * goes through them one after the other: in a struct the last one counts, in a map none may stand twice.
   */
  readonly entries: readonly MapEntry[]
}

/** A piece of a YAML file that knows where it stands. */
export type Node = ScalarNode | ListNode | MapNode

const nullText = new Set(['', '~', 'null', 'Null', 'NULL'])

/** Whether a node is YAML's null, written or left out. */
export function isNull(node: Node): boolean {
  if (node.kind !== 'scalar' || !nullText.has(node.text)) return false
  return node.tag === '!!null' || (node.plain && node.tag === '')
}

/**
 * Which of Go's YAML libraries is followed where they differ. To yaml.v2 the maps of a merge key stand where the
 * key does, and what comes last counts; to yaml.v3 a key of the map itself counts, keys that are null are none, and so is the
 * tag `!`.
 */
export type Dialect = 'yaml.v2' | 'yaml.v3'

const maxDepth = 100

/**
 * Reads the first document of a YAML text into a tree with places; anchors, aliases and merge keys
 * are followed. An empty text is null.
 * @param dialect whose YAML it is
 * @throws {ConfigError} when the text is not YAML
 */
export function parseTree(source: Source, dialect: Dialect): Node {
  return treeOf(source, dialect, isUnusual(source.text) ? scan(source.text) : undefined)
}

/** The same in steps; only the parser itself takes its time in one. */
export function* parsingTree(source: Source, dialect: Dialect): Steps<Node> {
  return treeOf(source, dialect, yield* scanning(source.text))
}

function treeOf(source: Source, dialect: Dialect, scanned: Scan | undefined): Node {
  const { text } = source
  const refuse = (offset: number, reason: string): ConfigError =>
    // Without the parser's error as its cause: that quotes the lines around, and secrets stand in them.
    new ConfigError([{ ...source.place(offset, ''), message: `yaml: ${reason}` }])
  if (scanned?.fault !== undefined) throw refuse(scanned.fault.offset, scanned.fault.message)
  const edited = scanned === undefined ? unedited(text) : editText(text, scanned.edits, scanned.end)
  const parsed = parse(text, edited, () => scanned ?? scan(text))
  if ('reason' in parsed) throw refuse(parsed.offset, parsed.reason)
  return new TreeBuilder(source, parsed.events, parsed.edited, new Map(), dialect).build()
}

/** What the pieces of one text share: the nodes that have names. */
export type Anchors = Map<string, Node | 'open'>

/**
 * Reads a piece of a text, cut out of it; the places are those in the whole text.
 * @param anchors those of the pieces before it; takes those of this one
 * @throws {NotInPiecesError} when it is not YAML on its own
 * @throws {ConfigError} when an alias or a key of it is wrong
 */
export function parsePiece(source: Source, { start, end }: Piece, anchors: Anchors): Node {
  const text = source.text.slice(start, end)
  const scanned = isUnusual(text) ? scan(text) : undefined
  const isWhole =
    scanned === undefined || (scanned.fault === undefined && scanned.end === text.length)
  if (!isWhole) throw new NotInPiecesError('a piece that is not YAML on its own')
  const edited = scanned === undefined ? unedited(text) : editText(text, scanned.edits, scanned.end)
  const parsed = parse(text, edited, () => scanned ?? scan(text))
  if ('reason' in parsed) throw new NotInPiecesError(parsed.reason)
  const { edited: read } = parsed
  const placed = { text: read.text, original: (offset: number) => start + read.original(offset) }
  return new TreeBuilder(source, parsed.events, placed, anchors, 'yaml.v2').build()
}

/** The events of a text, and the text that their offsets are in. */
interface Parsed {
  readonly events: readonly Event[]
  readonly edited: EditedText
}

/** Why js-yaml does not read a text. */
interface Refused {
  readonly offset: number
  readonly reason: string
}

/** Reads a text with js-yaml; where that is stricter than Prometheus, once more with what it objects to changed. */
function parse(text: string, edited: EditedText, scanned: () => Scan): Parsed | Refused {
  const first = eventsOf(edited.text)
  if (!(first instanceof YAMLException)) return { events: first, edited }
  const position = first.mark?.position ?? 0
  const again = retried(text, edited, first.reason, scanned)
  const events = again === undefined ? first : eventsOf(again.text)
  if (again !== undefined && !(events instanceof YAMLException)) return { events, edited: again }
  return { offset: edited.original(position), reason: first.reason }
}

function retried(
  text: string,
  edited: EditedText,
  reason: string,
  scanned: () => Scan,
): EditedText | undefined {
  if (reason === 'deficient indentation') {
    const { edits, innerLines, deepest, end } = scanned()
    // Spaces mean nothing at the start of such a line, as long as there are enough for js-yaml.
    const insert = ' '.repeat(deepest + 1)
    const indents = innerLines.map((at): Edit => ({ at, remove: 0, insert }))
    const all = [...indents, ...edits].sort((a, b) => a.at - b.at)
    return editText(text, all, end)
  }
  if (reason === 'end of the stream or a document separator is expected') {
    const { edits, end } = scanned()
    const cut = editText(text, edits, end)
    if (cut.text.length < edited.text.length) return cut
  }
  return undefined
}

function eventsOf(text: string): readonly Event[] | YAMLException {
  try {
    return parseEvents(text, { maxDepth })
  } catch (error) {
    if (error instanceof YAMLException) return error
    throw error
  }
}

/** `!!int` for `!<tag:yaml.org,2002:int>`. */
function shortTag(tag: string): string {
  const plain = tag.includes('%') ? decodeURIComponent(tag) : tag
  return plain.replace(/^!?<?tag:yaml\.org,2002:([^>]*)>?$/u, '!!$1')
}

/** The entries of a map, and those of others that it has not itself; of these the last one of each key. */
function withoutOwn(own: readonly MapEntry[], merged: readonly MapEntry[]): readonly MapEntry[] {
  const others = new Map(merged.map((entry) => [entry.key.text, entry]))
  for (const { key } of own) others.delete(key.text)
  return [
    ...own,
    ...Array.from(others.values(), (entry): MapEntry => ({ ...entry, isMerged: true })),
  ]
}

class TreeBuilder {
  readonly #source: Source
  readonly #events: readonly Event[]
  /** What the events' offsets are in. */
  readonly #read: EditedText
  readonly #anchors: Anchors
  readonly #dialect: Dialect
  #next = 0
  #last = 0
  /** Where the last scalar ends. */
  #end = 0

  constructor(
    source: Source,
    events: readonly Event[],
    read: EditedText,
    anchors: Anchors,
    dialect: Dialect,
  ) {
    this.#source = source
    this.#dialect = dialect
    this.#anchors = anchors
    this.#events = events
    this.#read = read
  }

  build(): Node {
    if (this.#events[0]?.type !== EVENT_ID.DOCUMENT) return this.#absent()
    this.#next = 1
    return this.#events[1]?.type === EVENT_ID.POP ? this.#absent() : this.#node()
  }

  #absent(): ScalarNode {
    return { kind: 'scalar', offset: this.#last, text: '', plain: true, tag: '' }
  }

  #node(): Node {
    const event = this.#events[this.#next++]
    if (event === undefined) return this.#absent()
    switch (event.type) {
      case EVENT_ID.ALIAS:
        return this.#alias(event.anchorStart, event.anchorEnd)
      case EVENT_ID.SCALAR:
        return this.#anchored(event, () => this.#scalar(event))
      case EVENT_ID.SEQUENCE:
        return this.#anchored(event, () => this.#list(this.#read.original(event.start)))
      case EVENT_ID.MAPPING:
        return this.#anchored(event, () => this.#map(this.#read.original(event.start)))
      case EVENT_ID.DOCUMENT:
      case EVENT_ID.POP:
        return this.#absent()
    }
  }

  #anchored(event: { anchorStart: number; anchorEnd: number }, read: () => Node): Node {
    if (event.anchorStart < 0) return read()
    const name = this.#read.text.slice(event.anchorStart, event.anchorEnd)
    this.#anchors.set(name, 'open')
    const node = read()
    this.#anchors.set(name, node)
    return node
  }

  #alias(start: number, end: number): Node {
    const name = this.#read.text.slice(start, end)
    const node = this.#anchors.get(name)
    const offset = this.#read.original(start)
    this.#last = offset
    if (node === undefined) throw this.#error(offset - 1, `unknown anchor '${name}' referenced`)
    if (node === 'open') throw this.#error(offset - 1, `anchor '${name}' value contains itself`)
    return node
  }

  #error(offset: number, message: string): ConfigError {
    return new ConfigError([{ ...this.#source.place(offset, ''), message: `yaml: ${message}` }])
  }

  #scalar(event: ScalarEvent): ScalarNode {
    const quoted =
      event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED
    // A quoted scalar's value starts behind the quote; an absent one has no place of its own.
    const start = event.valueStart - (quoted ? 1 : 0)
    const offset = event.valueStart < 0 ? this.#last : this.#read.original(start)
    this.#last = offset
    if (event.valueStart >= 0) this.#end = this.#read.original(event.valueEnd)
    const tag = this.#tag(event)
    const text = event.valueStart < 0 ? '' : getScalarValue(this.#read.text, event)
    const bytes = tag === '!!binary' ? decodeBase64(text) : undefined
    if (bytes !== undefined)
      return { kind: 'scalar', offset, text: bytes, plain: false, tag: '!!str' }
    return { kind: 'scalar', offset, text, plain: event.style === SCALAR_STYLE.PLAIN, tag }
  }

  #tag({ tagStart, tagEnd }: ScalarEvent): string {
    const tag = tagStart < 0 ? '' : shortTag(this.#read.text.slice(tagStart, tagEnd))
    return tag === '!' && this.#dialect === 'yaml.v3' ? '' : tag
  }

  #list(offset: number): ListNode {
    this.#last = offset
    const items: Node[] = []
    while (!this.#popped()) {
      if (this.#isLeftOut()) this.#last = items.length === 0 ? offset : this.#dashAfter(offset)
      items.push(this.#node())
    }
    return { kind: 'list', offset, items }
  }

  #isLeftOut(): boolean {
    const event = this.#events[this.#next]
    return event?.type === EVENT_ID.SCALAR && event.valueStart < 0
  }

  /** Where the next dash of a list stands, below its first one: an item left out has no other place. */
  #dashAfter(first: number): number {
    const { text } = this.#source
    if (text[first] !== '-') return this.#last
    const column = first - (text.lastIndexOf('\n', first - 1) + 1)
    const dash = new RegExp(`^ {${String(column)}}-(?=\\s|$)`, 'gm')
    const lineEnd = text.indexOf('\n', Math.max(this.#last, this.#end))
    dash.lastIndex = lineEnd < 0 ? text.length : lineEnd + 1
    const found = dash.exec(text)
    return found === null ? this.#last : found.index + column
  }

  #map(offset: number): MapNode {
    this.#last = offset
    const entries: MapEntry[] = []
    let merged: readonly MapEntry[] | undefined
    while (!this.#popped()) {
      const key = this.#node()
      const value = this.#node()
      if (key.kind !== 'scalar') throw this.#error(key.offset, 'a key must be a scalar')
      if (!key.plain || key.text !== '<<' || (key.tag !== '' && key.tag !== '!!merge')) {
        if (!isNull(key)) entries.push({ key, value })
        else if (this.#dialect === 'yaml.v2') entries.push({ key: { ...key, text: '' }, value })
      } else if (this.#dialect === 'yaml.v2') {
        // Not spread: a call can take some 100,000 arguments.
        for (const entry of this.#merged(value)) entries.push({ ...entry, isMerged: true })
      } else {
        if (merged !== undefined) throw this.#error(key.offset, 'mapping key "<<" already defined')
        merged = this.#merged(value)
      }
    }
    if (merged === undefined) return { kind: 'map', offset, entries }
    return { kind: 'map', offset, entries: withoutOwn(entries, merged) }
  }

  #merged(value: Node): readonly MapEntry[] {
    if (value.kind === 'map') return value.entries
    if (value.kind === 'list' && value.items.every((item) => item.kind === 'map')) {
      // The first of a list counts most, so it comes last.
      return value.items.toReversed().flatMap((item) => (item.kind === 'map' ? item.entries : []))
    }
    throw this.#error(value.offset, 'map merge requires map or sequence of maps as the value')
  }

  #popped(): boolean {
    const event = this.#events[this.#next]
    if (event !== undefined && event.type !== EVENT_ID.POP) return false
    this.#next += 1
    return true
  }
}
