import { Buffer } from 'node:buffer'
import { createHash, type Hash } from 'node:crypto'
import { checkGroups, InvalidGroupsError } from '../discovery/groups/check-groups.js'
import type { TargetGroup } from '../discovery/groups/target-group.js'
import type { Labels } from '../labels/index.js'
import {
  format,
  type SnapshotEvent,
  SnapshotError,
  type SnapshotHeader,
  type SnapshotSection,
  version,
} from './format.js'

/** What a snapshot may have. */
export interface SnapshotLimits {
  /** Bytes of one line, unpacked. */
  readonly line: number
  /** Bytes of all lines, unpacked. */
  readonly total: number
}

const mebibyte = 1024 * 1024
const defaultLimits: SnapshotLimits = { line: 64 * mebibyte, total: 8192 * mebibyte }

/** How every snapshot begins, whatever its version. */
const beginning = `{"format":${JSON.stringify(format)}`

type Line = Readonly<Record<string, unknown>>

/**
 * Reads a snapshot while it comes. Only when the generator has come to its end is it known that what it gave
 * is whole and unchanged: act on it only after that.
 * @param bytes the snapshot, unpacked
 * @param name what messages call it
 * @throws {SnapshotError} in one sentence that says what is wrong and what to do
 */
export async function* readSnapshot(
  bytes: AsyncIterable<Uint8Array>,
  name: string,
  limits: SnapshotLimits = defaultLimits,
): AsyncGenerator<SnapshotEvent, void, undefined> {
  const lines = new SealedLines(name, limits)
  const content = new Content(name)
  for await (const chunk of bytes) {
    for (const line of lines.take(chunk)) yield* content.take(line)
  }
  const seal = lines.end()
  yield* content.end(seal)
}

/** Cuts bytes into lines, and hashes all of them but the last, which has the hash. */
class SealedLines {
  readonly #name: string
  readonly #limits: SnapshotLimits
  readonly #hash: Hash = createHash('sha256')
  /** The pieces of a line that is not complete yet. */
  #pieces: Uint8Array[] = []
  #pending = 0
  #total = 0
  /** The last complete line: it may be the one with the hash. */
  #last: Buffer | undefined

  constructor(name: string, limits: SnapshotLimits) {
    this.#name = name
    this.#limits = limits
  }

  /** The lines that are known not to be the last one. */
  *take(chunk: Uint8Array): Generator<Buffer, void, undefined> {
    this.#total += chunk.length
    if (this.#total > this.#limits.total) throw this.#tooLarge(this.#limits.total)
    let from = 0
    for (;;) {
      const end = chunk.indexOf(10, from)
      if (end < 0) break
      this.#pieces.push(chunk.subarray(from, end + 1))
      from = end + 1
      const line = this.#joined()
      const before = this.#last
      this.#last = line
      if (before === undefined) continue
      this.#hash.update(before)
      yield before
    }
    if (from === chunk.length) return
    this.#pieces.push(chunk.subarray(from))
    this.#pending += chunk.length - from
    if (this.#pending > this.#limits.line) throw this.#lineTooLong()
  }

  /** @returns the last line, with the hash that it should have */
  end(): { readonly line: Buffer | undefined; readonly sha256: string } {
    if (this.#pending > 0) {
      const start = Buffer.concat(this.#pieces).toString('latin1', 0, beginning.length)
      throw this.#last === undefined && start !== beginning.slice(0, start.length)
        ? foreign(this.#name)
        : truncated(this.#name)
    }
    return { line: this.#last, sha256: this.#hash.digest('hex') }
  }

  #joined(): Buffer {
    const [only] = this.#pieces
    const line =
      this.#pieces.length === 1 && only !== undefined
        ? Buffer.from(only.buffer, only.byteOffset, only.length)
        : Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#pending = 0
    if (line.length > this.#limits.line) throw this.#lineTooLong()
    return line
  }

  #lineTooLong(): SnapshotError {
    const { line } = this.#limits
    return new SnapshotError(
      `${this.#name} has a line of more than ${inMebibytes(line)}, which muster never writes: record it again`,
    )
  }

  #tooLarge(limit: number): SnapshotError {
    return new SnapshotError(
      `${this.#name} has more than ${inMebibytes(limit)} unpacked: record fewer jobs (--job)`,
    )
  }
}

/** Makes sense of the lines, one after the other. */
class Content {
  readonly #name: string
  readonly #count = { sections: 0, groups: 0, targets: 0 }
  #lines = 0
  #section: SnapshotSection | undefined
  /** A group whose targets may go on in the next line. */
  #group: (TargetGroup & { readonly targets: Labels[] }) | undefined

  constructor(name: string) {
    this.#name = name
  }

  *take(bytes: Buffer): Generator<SnapshotEvent, void, undefined> {
    this.#lines += 1
    if (this.#lines === 1) {
      yield { kind: 'header', header: headerOf(bytes, this.#name) }
      return
    }
    const line = this.#record(bytes)
    if (Array.isArray(line['more'])) {
      const group = this.#group
      if (group === undefined) throw this.#damaged()
      const { source, labels } = group
      const [rest] = this.#checked({ source, labels, targets: line['more'] })
      for (const target of rest?.targets ?? []) group.targets.push(target)
      return
    }
    yield* this.#flush()
    if ('source' in line) {
      if (this.#section === undefined || this.#section.missing !== undefined) throw this.#damaged()
      const [group] = this.#checked(line)
      if (group !== undefined) this.#group = { ...group, targets: [...group.targets] }
      return
    }
    this.#section = this.#sectionOf(line)
    this.#count.sections += 1
    yield { kind: 'section', section: this.#section }
  }

  /** @param seal the last line, and the hash of all others */
  *end(seal: {
    readonly line: Buffer | undefined
    readonly sha256: string
  }): Generator<SnapshotEvent, void, undefined> {
    if (seal.line === undefined) throw foreign(this.#name)
    // A single line: there was no header before it.
    if (this.#lines === 0) {
      headerOf(seal.line, this.#name)
      throw truncated(this.#name)
    }
    yield* this.#flush()
    this.#lines += 1
    const last = this.#record(seal.line)
    if (typeof last['sha256'] !== 'string') throw truncated(this.#name)
    const { sections, groups, targets } = this.#count
    const isWhole =
      last['sha256'] === seal.sha256 &&
      last['sections'] === sections &&
      last['groups'] === groups &&
      last['targets'] === targets
    if (!isWhole) throw new SnapshotError(`${this.#name} was changed or damaged: record it again`)
  }

  *#flush(): Generator<SnapshotEvent, void, undefined> {
    const group = this.#group
    if (group === undefined) return
    this.#group = undefined
    this.#count.groups += 1
    this.#count.targets += group.targets.length
    yield { kind: 'group', group }
  }

  #record(bytes: Buffer): Line {
    try {
      const value: unknown = JSON.parse(bytes.toString('utf8'))
      if (typeof value === 'object' && value !== null) return value as Line
    } catch (error) {
      throw this.#damaged(error)
    }
    throw this.#damaged()
  }

  #checked(group: unknown): readonly TargetGroup[] {
    try {
      return checkGroups([group])
    } catch (error) {
      if (error instanceof InvalidGroupsError) throw this.#damaged(error)
      throw error
    }
  }

  #sectionOf(line: Line): SnapshotSection {
    const { provider, manager, mechanism, fingerprint, sets, config, missing } = line
    const isSection =
      typeof provider === 'string' &&
      (manager === 'scrape' || manager === 'notify') &&
      typeof mechanism === 'string' &&
      typeof fingerprint === 'string' &&
      isTexts(sets) &&
      (missing === undefined || typeof missing === 'string')
    if (!isSection) throw this.#damaged()
    return {
      provider,
      manager,
      mechanism,
      fingerprint,
      sets,
      ...(config !== undefined && { config }),
      ...(missing !== undefined && { missing }),
    }
  }

  #damaged(cause?: unknown): SnapshotError {
    return new SnapshotError(
      `${this.#name} is damaged at line ${String(this.#lines)}: record it again`,
      cause === undefined ? {} : { cause },
    )
  }
}

function headerOf(bytes: Buffer, name: string): SnapshotHeader {
  let line: Line = {}
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    if (typeof value === 'object' && value !== null) line = value as Line
  } catch (cause) {
    throw foreign(name, cause)
  }
  if (line['format'] !== format) throw foreign(name)
  const { version: found, by, at, redacted } = line
  if (found !== version) {
    const isNewer = typeof found === 'number' && found > version
    throw new SnapshotError(
      isNewer
        ? `${name} has version ${String(found)} of the format, and this muster reads version ${String(version)}: use a newer muster, or record it again with this one`
        : `${name} does not have version ${String(version)} of the format: record it again`,
    )
  }
  if (typeof by !== 'string' || typeof at !== 'string' || !isTexts(redacted)) {
    throw new SnapshotError(`${name} is damaged at line 1: record it again`)
  }
  return { by, at, redacted }
}

function foreign(name: string, cause?: unknown): SnapshotError {
  return new SnapshotError(
    `${name} is not a snapshot of muster: make one with muster record`,
    cause === undefined ? {} : { cause },
  )
}

/** The error for a snapshot that ends before its last line. */
export function truncated(name: string, cause?: unknown): SnapshotError {
  return new SnapshotError(
    `${name} ends too early: get the whole file, or record it again`,
    cause === undefined ? {} : { cause },
  )
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

function inMebibytes(bytes: number): string {
  return `${String(Math.round(bytes / mebibyte))} MiB`
}
