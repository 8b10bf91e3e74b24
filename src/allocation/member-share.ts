import { type ListPart, partSize } from '../scrape/lists/list-part.js'
import type { SharedTarget } from './shared-target.js'
import type { Share } from './source.js'

/** What one member has of a job. */
export class MemberShare implements Share {
  readonly #prefix: string
  readonly #targets: Set<SharedTarget> = new Set()
  #version = 0
  #parts: readonly ListPart[] | undefined

  /** @param prefix begins every version; no other share has it */
  constructor(prefix: string) {
    this.#prefix = prefix
  }

  get version(): string {
    return `${this.#prefix}-${String(this.#version)}`
  }

  get targets(): Iterable<SharedTarget> {
    return this.#targets
  }

  get count(): number {
    return this.#targets.size
  }

  /** Cut when they are asked for, and kept until something changes. */
  get parts(): readonly ListPart[] {
    this.#parts ??= cut(this.#targets)
    return this.#parts
  }

  add(one: SharedTarget): void {
    if (this.#targets.has(one)) return
    this.#targets.add(one)
    this.changed()
  }

  remove(one: SharedTarget): void {
    if (this.#targets.delete(one)) this.changed()
  }

  /** A list of it would be another. */
  changed(): void {
    this.#version += 1
    this.#parts = undefined
  }

  /** One of its targets stands elsewhere, and looks the same. */
  moved(): void {
    this.#parts = undefined
  }
}

function cut(targets: Iterable<SharedTarget>): readonly ListPart[] {
  const parts: ListPart[] = []
  let ranges: ListPart['ranges'][number][] = []
  for (const { range } of targets) {
    ranges.push(range)
    if (ranges.length < partSize) continue
    parts.push({ ranges })
    ranges = []
  }
  if (ranges.length > 0) parts.push({ ranges })
  return parts
}
