import path from 'node:path'
import type { Steps } from '../waiting/turns.js'
import { type ConfigIssue, ConfigError, mostNamed, type Place } from './issue.js'
import { Places } from './places.js'
import { NotInPiecesError, piecesOf } from './tree/pieces.js'
import { Source } from './tree/source.js'
import {
  type Anchors,
  isNull,
  type ListNode,
  type MapEntry,
  type MapNode,
  type Dialect,
  type Node,
  parsePiece,
  parseTree,
  parsingTree,
} from './tree/tree.js'
import type { ListType } from './types/collections.js'
import { faultOfBinary, faultOfTag } from './types/scalars.js'
import type { StructType } from './types/struct.js'
import { KeptNode } from './types/fragment.js'
import type { Decoding, Fragment, Type } from './types/type.js'

/** What all values of one file share while it is read. */
interface FileState {
  readonly source: Source
  readonly directory: string
  readonly places: Places
  readonly issues: ConfigIssue[]
  /** What readers made of texts. */
  readonly read: Map<unknown, Map<string, unknown>>
  budget: number
  /** Enough is wrong: what else is, is only counted. */
  isCounting: boolean
  /** How much was counted. */
  uncollected: number
}

// What is pushed for an issue that is only counted: types look whether there are more than before.
const counted: ConfigIssue = { file: '', line: 0, column: 0, path: '', message: '' }

// An alias may name a large value many times over (the billion laughs). Without aliases a file has
// fewer values than characters; this many more are for honest ones.
const maxAliased = 1_000_000

// The parser takes 100 levels; an alias in an alias can make more of them. Each takes a few calls.
const maxLevels = 500

function newFileState(source: Source, places: Places, budget: number): FileState {
  return {
    source,
    directory: path.dirname(source.file),
    places,
    issues: [],
    read: new Map(),
    budget,
    isCounting: false,
    uncollected: 0,
  }
}

class NodeDecoding implements Decoding {
  readonly #file: FileState
  readonly #node: Node
  readonly #parent: NodeDecoding | undefined
  /** Its key in the parent, or its index. */
  readonly #key: string | number
  readonly #level: number
  #entries: Map<string, MapEntry> | undefined

  private constructor(
    file: FileState,
    node: Node,
    parent?: NodeDecoding,
    key: string | number = '',
  ) {
    this.#file = file
    this.#node = node
    this.#parent = parent
    this.#key = key
    this.#level = parent === undefined ? 0 : parent.#level + 1
  }

  static start(source: Source, node: Node, places: Places): NodeDecoding {
    return new NodeDecoding(newFileState(source, places, maxAliased + source.text.length), node)
  }

  /** Made only for what is wrong, or shown: most values are neither. */
  get #path(): string {
    if (this.#parent === undefined) return ''
    const parent = this.#parent.#path
    return typeof this.#key === 'number'
      ? `${parent}[${String(this.#key)}]`
      : keyPath(parent, this.#key)
  }

  get directory(): string {
    return this.#file.directory
  }

  get places(): Places {
    return this.#file.places
  }

  get issues(): readonly ConfigIssue[] {
    return this.#file.issues
  }

  place(): Place {
    return this.#file.source.place(this.#node.offset, this.#path)
  }

  keyPlace(key: string): Place {
    const node = this.#node
    const item = node.kind === 'list' ? node.items[Number(key)] : undefined
    if (item !== undefined) return this.#below(item, Number(key)).place()
    const entry = node.kind === 'map' ? this.#entry(node, key) : undefined
    if (entry === undefined) return this.place()
    return this.#file.source.place(entry.key.offset, keyPath(this.#path, key))
  }

  /** The first entry of that key. Found by an index: every key of a long map may be wrong. */
  #entry(node: MapNode, key: string): MapEntry | undefined {
    if (this.#entries === undefined) {
      this.#entries = new Map()
      for (const entry of node.entries) {
        if (!this.#entries.has(entry.key.text)) this.#entries.set(entry.key.text, entry)
      }
    }
    return this.#entries.get(key)
  }

  get isCounting(): boolean {
    return this.#file.isCounting
  }

  get uncollected(): number {
    return this.#file.uncollected
  }

  fail(message: string, hint?: string): void {
    if (this.#isCounted()) return
    this.#file.issues.push({ ...this.place(), message, ...(hint === undefined ? {} : { hint }) })
  }

  failKey(key: string, message: string, hint?: string): void {
    if (this.#isCounted()) return
    this.#file.issues.push({
      ...this.keyPlace(key),
      message,
      ...(hint === undefined ? {} : { hint }),
    })
  }

  failAt(place: Place, message: string): void {
    if (this.#isCounted()) return
    this.#file.issues.push({ ...place, message })
  }

  failBelow(node: Node, key: string | number, message: string, hint?: string): void {
    this.#below(node, key).fail(message, hint)
  }

  #isCounted(): boolean {
    if (this.#file.isCounting) this.#file.issues.push(counted)
    return this.#file.isCounting
  }

  once<T>(reader: (text: string, at: Decoding) => T, text: string): T {
    const { read } = this.#file
    const known = read.get(reader) ?? new Map<string, unknown>()
    read.set(reader, known)
    if (!known.has(text)) known.set(text, reader(text, this))
    return known.get(text) as T
  }

  read<T>(type: Type<T>, node: Node, key: string | number): T {
    return this.#below(node, key).value(type)
  }

  /** Reads an item of a list; where enough is wrong already, what is wrong with this one is counted. */
  readItem<T>(type: ListType<T>, node: Node, index: number): readonly T[] {
    const file = this.#file
    const before = file.issues.length
    if (before < mostNamed) return type.readItem(node, index, this)
    // First only what is cheap to find; a value is made of what is right as far as that goes.
    file.isCounting = true
    type.readItem(node, index, this)
    file.isCounting = false
    const items = file.issues.length === before ? type.readItem(node, index, this) : []
    file.uncollected += file.issues.length - before
    file.issues.length = before
    return items
  }

  below(node: Node, key: string | number): NodeDecoding {
    return this.#below(node, key)
  }

  keep(node: Node): Fragment {
    const { source } = this.#file
    const [parent, key] = [this.#parent, this.#key]
    const budget = maxAliased + source.text.length
    return new KeptNode(node, this.#path, (type, other) => {
      const file = newFileState(source, new Places(), budget)
      const value = new NodeDecoding(file, other, parent, key).value(type)
      return { value, issues: file.issues }
    })
  }

  #below(node: Node, key: string | number): NodeDecoding {
    return new NodeDecoding(this.#file, node, this, key)
  }

  /** Reads its own node. */
  value<T>(type: Type<T>): T {
    this.#file.budget -= 1
    if (this.#file.budget < 0) {
      throw new ConfigError([
        { ...this.place(), message: 'yaml: document contains excessive aliasing' },
      ])
    }
    if (this.#level > maxLevels) {
      const message = `yaml: nesting exceeds ${String(maxLevels)} levels through aliases`
      throw new ConfigError([{ ...this.place(), message }])
    }
    if (this.#node.kind === 'map') this.#checkKeys(this.#node)
    const fault = this.#node.kind === 'scalar' ? faultOfTag(this.#node) : undefined
    if (fault !== undefined) this.fail(fault)
    if (isNull(this.#node)) return type.zero()
    const value = type.decode(this.#node, this)
    if (!this.#file.isCounting) this.#file.places.remember(value, this)
    return value
  }

  /** Reports keys whose tags say that they are something else. */
  #checkKeys({ entries }: MapNode): void {
    for (const { key, isMerged } of entries) {
      if (key.tag === '' || isMerged) continue
      const fault = key.tag === '!!binary' ? faultOfBinary : faultOfTag(key)
      if (fault !== undefined) this.failBelow(key, key.text, fault)
    }
  }
}

function keyPath(parent: string, key: string): string {
  return parent === '' ? key : `${parent}.${key}`
}

/** What was read of a file. */
export interface Decoded<T> {
  /** With issues it is not to be used. */
  readonly value: T
  readonly issues: readonly ConfigIssue[]
  /** How many issues there are beside those. */
  readonly uncollected: number
  readonly places: Places
}

/**
 * Reads a whole file as one type.
 * @param file its name, for places and for relative paths (make it absolute for those)
 * @param dialect whose YAML it is
 * @returns the value and every issue found; with issues the value is not to be used
 * @throws {ConfigError} when the text is not YAML at all
 */
export function decodeText<T>(
  type: Type<T>,
  file: string,
  text: string,
  places: Places = new Places(),
  dialect: Dialect = 'yaml.v2',
): Decoded<T> {
  const source = new Source(file, text)
  return decodeTree(type, source, parseTree(source, dialect), places)
}

function decodeTree<T>(type: Type<T>, source: Source, node: Node, places: Places): Decoded<T> {
  const at = NodeDecoding.start(source, node, places)
  const value = at.value(type)
  return { value, issues: at.issues, uncollected: 0, places }
}

/** Shorter texts are read at once. */
const long = 1 << 16

/**
 * The same in steps, for files that may be long. Of a list of which a thousand items and more are wrong, the
 * issues of the others are only counted.
 * @param type a list, or a struct whose long parts are lists
 */
export function* decodingText<T>(
  type: StructType<T> | (ListType<unknown> & Type<T>),
  file: string,
  text: string,
  places: Places = new Places(),
): Steps<Decoded<T>> {
  if (text.length < long) return decodeText(type, file, text, places)
  const source = new Source(file, text)
  try {
    return yield* decodingPieces(type, source, places)
  } catch (error) {
    // What is wrong with a piece alone may be right in the whole, and has another place there.
    if (!(error instanceof NotInPiecesError || error instanceof ConfigError)) throw error
  }
  const node = yield* parsingTree(source, 'yaml.v2')
  return decodeTree(type, source, node, places)
}

function* decodingPieces<T>(
  type: StructType<T> | (ListType<unknown> & Type<T>),
  source: Source,
  places: Places,
): Steps<Decoded<T>> {
  const anchors: Anchors = new Map()
  const entries: MapEntry[] = []
  const early = new Map<string, unknown>()
  const root = NodeDecoding.start(source, { kind: 'map', offset: 0, entries }, places)
  /** The list whose items are read. */
  let open = 'readItem' in type ? new OpenList(type, root) : undefined
  for (const piece of piecesOf(source.text)) {
    const node = parsePiece(source, piece, anchors)
    if (piece.kind === 'items') {
      if (node.kind !== 'list' || open === undefined) throw new NotInPiecesError('no list')
      for (const item of node.items) {
        open.take(item)
        yield
      }
      continue
    }
    const [entry] = node.kind === 'map' ? node.entries : []
    if (node.kind !== 'map' || entry === undefined || 'readItem' in type) {
      throw new NotInPiecesError('no map')
    }
    if (node.entries.some(({ isMerged }) => isMerged === true)) {
      throw new NotInPiecesError('a merge into the document')
    }
    if (piece.kind === 'key') {
      const key = entry.key.text
      const list = type.typeOf(key)
      if (list === undefined || !('readItem' in list) || early.has(key)) {
        throw new NotInPiecesError('no list of its own')
      }
      const value: ListNode = { kind: 'list', offset: piece.end, items: [] }
      entries.push({ key: entry.key, value })
      open = new OpenList(list as ListType<unknown>, root.below(value, key))
      early.set(key, open.values)
      places.remember(open.values, root.below(value, key))
    } else entries.push(...node.entries)
    yield
  }
  const value =
    'readItem' in type ? ((open?.values ?? []) as T) : type.decodeAll(entries, root, early)
  places.remember(value, root)
  return { value, issues: root.issues, uncollected: root.uncollected, places }
}

/** A list that is read item by item. */
class OpenList {
  readonly values: unknown[] = []
  readonly #type: ListType<unknown>
  readonly #at: NodeDecoding
  #index = 0

  constructor(type: ListType<unknown>, at: NodeDecoding) {
    this.#type = type
    this.#at = at
  }

  take(item: Node): void {
    for (const value of this.#at.readItem(this.#type, item, this.#index)) this.values.push(value)
    this.#index += 1
  }
}
