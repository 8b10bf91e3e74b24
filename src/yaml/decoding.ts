import path from 'node:path'
import { type ConfigIssue, ConfigError, type Place } from './issue.js'
import { Places } from './places.js'
import { Source } from './tree/source.js'
import { isNull, type MapEntry, type MapNode, type Node, parseTree } from './tree/tree.js'
import { faultOfBinary, faultOfTag } from './types/scalars.js'
import type { Decoding, Type } from './types/type.js'

/** What all values of one file share while it is read. */
interface FileState {
  readonly source: Source
  readonly directory: string
  readonly places: Places
  readonly issues: ConfigIssue[]
  /** What readers made of texts. */
  readonly read: Map<unknown, Map<string, unknown>>
  budget: number
}

// An alias may name a large value many times over (the billion laughs). Without aliases a file has
// fewer values than characters; this many more are for honest ones.
const maxAliased = 1_000_000

// The parser takes 100 levels; an alias in an alias can make more of them. Each takes a few calls.
const maxLevels = 500

class NodeDecoding implements Decoding {
  readonly #file: FileState
  readonly #node: Node
  readonly #path: string
  readonly #level: number
  #entries: Map<string, MapEntry> | undefined

  private constructor(file: FileState, node: Node, at: string, level: number) {
    this.#file = file
    this.#node = node
    this.#path = at
    this.#level = level
  }

  static start(source: Source, node: Node, places: Places): NodeDecoding {
    const directory = path.dirname(source.file)
    return new NodeDecoding(
      {
        source,
        directory,
        places,
        issues: [],
        read: new Map(),
        budget: maxAliased + source.text.length,
      },
      node,
      '',
      0,
    )
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

  fail(message: string, hint?: string): void {
    this.#file.issues.push({ ...this.place(), message, ...(hint === undefined ? {} : { hint }) })
  }

  failKey(key: string, message: string, hint?: string): void {
    this.#file.issues.push({
      ...this.keyPlace(key),
      message,
      ...(hint === undefined ? {} : { hint }),
    })
  }

  failAt(place: Place, message: string): void {
    this.#file.issues.push({ ...place, message })
  }

  failBelow(node: Node, key: string | number, message: string, hint?: string): void {
    this.#below(node, key).fail(message, hint)
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

  #below(node: Node, key: string | number): NodeDecoding {
    const at = typeof key === 'number' ? `${this.#path}[${String(key)}]` : keyPath(this.#path, key)
    return new NodeDecoding(this.#file, node, at, this.#level + 1)
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
    this.#file.places.remember(value, this)
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

/**
 * Reads a whole file as one type.
 * @param file its name, for places and for relative paths (make it absolute for those)
 * @returns the value and every issue found; with issues the value is not to be used
 * @throws {ConfigError} when the text is not YAML at all
 */
export function decodeText<T>(
  type: Type<T>,
  file: string,
  text: string,
  places: Places = new Places(),
): { readonly value: T; readonly issues: readonly ConfigIssue[]; readonly places: Places } {
  const source = new Source(file, text)
  const node = parseTree(source)
  const at = NodeDecoding.start(source, node, places)
  const value = at.value(type)
  return { value, issues: at.issues, places }
}
