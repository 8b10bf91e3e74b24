import type { GroupSection } from '../kit/group-section.js'
import type { TargetGroup } from '../../discovery/groups/target-group.js'
import type { Span } from '../kit/json-elements.js'
import { type Format, formatOf } from './format.js'
import { inTurns, type Turns } from '../../waiting/turns.js'
import { commonPrefix, indexOfSorted, unchanged } from './unchanged.js'
import { NotInPiecesError } from './yaml-elements.js'

/** A file as it was read last. */
interface Version {
  readonly bytes: Buffer
  /** Where its groups stand; empty when it could only be read as a whole. */
  readonly starts: readonly number[]
  readonly ends: readonly number[]
  readonly groups: readonly TargetGroup[]
}

const nothing: Version = { bytes: Buffer.alloc(0), starts: [], ends: [], groups: [] }

/**
 * The target groups of one file. It remembers the bytes, so that of the next version it parses only
 * the elements that differ; a group whose bytes are the same stays the same object.
 */
export class TargetFile {
  readonly #path: string
  readonly #format: Format
  readonly #turns: Turns
  #version: Version = nothing

  constructor(path: string, turns: Turns) {
    this.#path = path
    this.#turns = turns
    this.#format = formatOf(path)
  }

  get groups(): readonly TargetGroup[] {
    return this.#version.groups
  }

  /**
   * Takes the next content. Long work is cut into slices.
   * @returns the groups that may have changed; those that are gone are empty
   * @throws when the content is not right; the groups stay as they were then
   */
  async take(bytes: Buffer): Promise<readonly TargetGroup[]> {
    const before = this.#version
    const prefix = commonPrefix(before.bytes, bytes)
    // Even an empty file is read the first time: for JSON that is an error.
    const isSame = prefix === bytes.length && prefix === before.bytes.length
    if (isSame && before !== nothing) return []
    this.#version = await this.#read(before, bytes, prefix)
    return this.#changes(before.groups)
  }

  /** The file is gone: all its groups, empty. */
  drop(): readonly TargetGroup[] {
    const { groups } = this.#version
    this.#version = nothing
    return this.#changes(groups)
  }

  async #read(before: Version, bytes: Buffer, prefix: number): Promise<Version> {
    try {
      return await this.#readPieces(before, bytes, prefix)
    } catch (error) {
      if (!(error instanceof NotInPiecesError)) throw error
      const sections = await inTurns(this.#format.parseWhole(bytes, this.#path), this.#turns)
      const groups = sections.map((section, i) => this.#group(section, i))
      return { bytes, starts: [], ends: [], groups }
    }
  }

  async #readPieces(before: Version, bytes: Buffer, prefix: number): Promise<Version> {
    const same = unchanged(before, before.bytes, bytes, prefix)
    const starts = before.starts.slice(0, same.head)
    const ends = before.ends.slice(0, same.head)
    const groups = before.groups.slice(0, same.head)
    const turns = this.#turns
    for (const span of this.#format.elements(bytes, ends.at(-1))) {
      const known =
        span.start >= same.tailFrom
          ? indexOfSorted(before.starts, span.start - same.shift)
          : undefined
      if (known !== undefined) {
        for (let i = known; i < before.groups.length; i += 1) {
          starts.push((before.starts[i] ?? 0) + same.shift)
          ends.push((before.ends[i] ?? 0) + same.shift)
          groups.push(this.#moved(before, i, groups.length))
        }
        break
      }
      starts.push(span.start)
      ends.push(span.end)
      groups.push(this.#parsed(bytes, span, groups.length))
      if (turns.isOver) await turns.next()
    }
    return { bytes, starts, ends, groups }
  }

  #parsed(bytes: Buffer, span: Span, index: number): TargetGroup {
    return this.#group(this.#format.parse(bytes, span, index), index)
  }

  #group(section: GroupSection, index: number): TargetGroup {
    return {
      source: this.#source(index),
      labels: { ...section.labels, __meta_filepath: this.#path },
      targets: section.targets,
    }
  }

  /** A known group at another position. */
  #moved(before: Version, from: number, to: number): TargetGroup {
    const group = before.groups[from] ?? this.#empty(to)
    return from === to ? group : { ...group, source: this.#source(to) }
  }

  #changes(before: readonly TargetGroup[]): readonly TargetGroup[] {
    const now = this.#version.groups
    const changed = now.filter((group, i) => group !== before[i])
    for (let i = now.length; i < before.length; i += 1) changed.push(this.#empty(i))
    return changed
  }

  #empty(index: number): TargetGroup {
    return { source: this.#source(index), labels: {}, targets: [] }
  }

  #source(index: number): string {
    return `${this.#path}:${String(index)}`
  }
}
