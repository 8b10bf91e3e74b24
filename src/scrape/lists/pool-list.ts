import { countBelow } from '../../go/sort-search.js'
import type { Target } from '../targets/target.js'
import { activeElement, droppedElement, type ElementContext, httpSdElement } from './elements.js'
import type { GroupRange, ListPart } from './list-part.js'

/** A text of a part ends where it has this many characters; parts have a tenth of that. */
const textCharacters = 4 << 20

/** How many targets are written before it is looked whether that is enough for a text. */
const targetsAtOnce = 8

/** What a list of a pool holds: elements of the API's two lists, or of an http_sd answer. */
export type ListKind = 'active' | 'dropped' | SdKind | `${SdKind} legacy`

/** `legacy`: without labels that a Prometheus before 3 refuses. */
type SdKind = 'relabeled' | 'raw'

/**
 * One list of a pool as JSON, as it was at the moment it was asked for, however long reading takes.
 * It comes in parts that take about a millisecond to write; iterating gives their texts.
 */
export class PoolList implements Iterable<string> {
  /** Names the list: the kind, and the pool. */
  readonly name: string
  /** Another text when every element is another one, for a reason that all have in common. */
  readonly stamp: string
  /** In order. A part is the same object for as long as its text is the same one. */
  readonly parts: readonly ListPart[]
  readonly #write: WriteElements
  readonly #context: ElementContext

  constructor(kind: ListKind, parts: readonly ListPart[], context: ElementContext) {
    this.name = `${kind} ${context.job.job_name}`
    this.stamp = context.poolError
    this.parts = parts
    this.#write = writers[kind]
    this.#context = context
  }

  /**
   * A part as JSON elements with commas between them: none when there are no elements, mostly one text, and
   * several where targets are large. Each is written when it is asked for.
   */
  *texts(index: number): Generator<string> {
    let elements: string[] = []
    let characters = 0
    let atOnce = targetsAtOnce
    for (const range of this.parts[index]?.ranges ?? []) {
      let { from } = range
      while (from < range.to) {
        const before = elements.length
        const to = Math.min(range.to, from + atOnce)
        this.#write({ ...range, from, to }, this.#context, elements)
        from = to
        for (let i = before; i < elements.length; i += 1) characters += elements[i]?.length ?? 0
        if (characters < textCharacters) continue
        yield elements.join(',')
        elements = []
        characters = 0
        atOnce = 1
      }
    }
    if (elements.length > 0) yield elements.join(',')
  }

  *[Symbol.iterator](): Generator<string> {
    for (let i = 0; i < this.parts.length; i += 1) {
      yield* this.texts(i)
    }
  }
}

/** Adds the elements of some targets of a group. */
type WriteElements = (range: GroupRange, context: ElementContext, elements: string[]) => void

const writers: Readonly<Record<ListKind, WriteElements>> = {
  active: (range, context, elements) => {
    const { compiled, discovered } = range.targets
    const labels = compiled.labelsOf(discovered)
    eachActive(range, (target, at) => {
      elements.push(activeElement(target, labels.discovered(at), context))
    })
  },
  dropped: ({ targets, from, to }, context, elements) => {
    const { compiled, discovered, dropped } = targets
    const labels = compiled.labelsOf(discovered)
    for (let i = countBelow(dropped, from); i < dropped.length; i += 1) {
      const at = dropped[i] ?? to
      if (at >= to) return
      elements.push(droppedElement(labels.discovered(at), context))
    }
  },
  relabeled: (range, context, elements) => writeRelabeled(range, context, elements, 'utf8'),
  'relabeled legacy': (range, context, elements) =>
    writeRelabeled(range, context, elements, 'legacy'),
  raw: (range, context, elements) => writeRaw(range, context, elements, 'utf8'),
  'raw legacy': (range, context, elements) => writeRaw(range, context, elements, 'legacy'),
}

function writeRelabeled(
  range: GroupRange,
  context: ElementContext,
  elements: string[],
  names: 'utf8' | 'legacy',
): void {
  eachActive(range, (target) => elements.push(httpSdElement(target, context, names)))
}

function writeRaw(
  { targets: { compiled, discovered }, from, to }: GroupRange,
  context: ElementContext,
  elements: string[],
  names: 'utf8' | 'legacy',
): void {
  const labels = compiled.labelsOf(discovered)
  for (let at = from; at < to; at += 1) {
    const found = labels.discovered(at)
    // Rules must not see a part of its labels as if it were all of them.
    if (found !== undefined) elements.push(httpSdElement(found, context, names))
  }
}

/** The active targets of a range that its group lists. */
function eachActive(
  { holder, targets, from, to }: GroupRange,
  take: (target: Target, at: number) => void,
): void {
  const { active, activeAt } = targets
  for (let i = countBelow(activeAt, from); i < active.length; i += 1) {
    const at = activeAt[i] ?? to
    if (at >= to) return
    const target = active[i]
    if (target?.isListedBy(holder) === true) take(target, at)
  }
}
