import { countBelow } from '../../go/sort-search.js'
import type { LabelValues } from '../../relabel/index.js'
import type { Target } from '../targets/target.js'
import { activeElement, allocatedElement, droppedElement, type ElementContext } from './elements.js'
import type { GroupRange, ListPart } from './list-part.js'
import { plainSdForm, SdElements, type SdForm, type SdSource } from './sd-elements.js'

/** A text of a part ends where it has this many characters; parts have a tenth of that. */
const textCharacters = 4 << 20

/** How many targets are written before it is looked whether that is enough for a text. */
const targetsAtOnce = 8

/**
 * What a list of a pool holds: elements of the API's two lists, of an http_sd answer, or of the Target Allocator's
 * (`allocated`: active targets with their labels before relabelling).
 */
export type ListKind = 'active' | 'dropped' | SdKind | `${SdKind} legacy` | 'allocated'

/** `legacy`: without labels that a Prometheus before 3 refuses. */
type SdKind = 'relabeled' | 'raw' | 'unseeded'

/** Some of the targets of a pool, such as those that one member gets. */
export interface PartOfPool {
  /** Together with the kind and the pool it names the list. */
  readonly name: string
  /** In order. A part must be the same object for as long as it has the same targets. */
  readonly parts: readonly ListPart[]
}

/**
 * One list of a pool as JSON, as it was at the moment it was asked for, however long reading takes.
 * It comes in parts that take about a millisecond to write; iterating gives their texts.
 */
export class PoolList implements Iterable<string> {
  /** Names the list: the kind, the pool, and which part of it. */
  readonly name: string
  /** Another text when every element is another one, for a reason that all have in common. */
  readonly stamp: string
  /** In order. A part is the same object for as long as its text is the same one. */
  readonly parts: readonly ListPart[]
  readonly #kind: ListKind
  readonly #context: ElementContext
  readonly #form: SdForm

  /** @param form that of an http_sd answer; other lists have one form */
  constructor(
    kind: ListKind,
    { name, parts }: PartOfPool,
    context: ElementContext,
    form: SdForm = plainSdForm,
  ) {
    const { job_name: job } = context.job
    const of = name === '' ? job : JSON.stringify([job, name])
    this.name = `${kind} ${form.form} ${String(form.settings)} ${of}`
    this.stamp = context.poolError
    this.parts = parts
    this.#kind = kind
    this.#context = context
    this.#form = form
  }

  /**
   * A part as JSON elements with commas between them: none when there are no elements, mostly one text, and
   * several where targets are large. Each is written when it is asked for.
   */
  *texts(index: number): Generator<string> {
    const elements = elementsOf(this.#kind, this.#context, this.#form)
    let atOnce = targetsAtOnce
    for (const range of this.parts[index]?.ranges ?? []) {
      let { from } = range
      while (from < range.to) {
        const to = Math.min(range.to, from + atOnce)
        elements.add({ ...range, from, to })
        from = to
        if (elements.characters < textCharacters) continue
        yield elements.take()
        atOnce = 1
      }
    }
    if (elements.characters > 0) yield elements.take()
  }

  *[Symbol.iterator](): Generator<string> {
    for (let i = 0; i < this.parts.length; i += 1) {
      yield* this.texts(i)
    }
  }
}

/** Gathers the elements of one list. */
interface Elements {
  /** How long the text of `take` is about to be. */
  readonly characters: number
  /** Adds some targets of a group. */
  add(range: GroupRange): void
  /** Takes what was gathered, as JSON elements with commas between them. */
  take(): string
}

function elementsOf(kind: ListKind, context: ElementContext, form: SdForm): Elements {
  if (kind === 'active') return new ApiElements((range, take) => writeActive(range, context, take))
  if (kind === 'dropped')
    return new ApiElements((range, take) => writeDropped(range, context, take))
  if (kind === 'allocated')
    return new ApiElements((range, take) => writeAllocated(range, context, take))
  const names = kind.endsWith(' legacy') ? 'legacy' : 'utf8'
  const isFinal = kind === 'relabeled' || kind === 'relabeled legacy'
  const isSeeded = kind === 'raw' || kind === 'raw legacy'
  const write = isFinal ? addRelabeled : isSeeded ? addDiscovered : addUnseeded
  const elements = new SdElements(form, context)
  return {
    get characters() {
      return elements.characters
    },
    add: (range) => write(range, elements, { names, isFinal }),
    take: () => elements.take(),
  }
}

/** The elements of one of the API's two lists, or of the Target Allocator's. */
class ApiElements implements Elements {
  readonly #write: (range: GroupRange, take: (element: string) => void) => void
  #elements: string[] = []
  characters = 0

  constructor(write: (range: GroupRange, take: (element: string) => void) => void) {
    this.#write = write
  }

  add(range: GroupRange): void {
    this.#write(range, (element) => {
      this.#elements.push(element)
      this.characters += element.length
    })
  }

  take(): string {
    const text = this.#elements.join(',')
    this.#elements = []
    this.characters = 0
    return text
  }
}

function writeActive(
  range: GroupRange,
  context: ElementContext,
  take: (element: string) => void,
): void {
  const { compiled, discovered } = range.targets
  const labels = compiled.labelsOf(discovered)
  eachActive(range, (target, at) => take(activeElement(target, labels.discovered(at), context)))
}

function writeDropped(
  { targets, from, to }: GroupRange,
  context: ElementContext,
  take: (element: string) => void,
): void {
  const { compiled, discovered, dropped } = targets
  const labels = compiled.labelsOf(discovered)
  for (let i = countBelow(dropped, from); i < dropped.length; i += 1) {
    const at = dropped[i] ?? to
    if (at >= to) return
    take(droppedElement(labels.discovered(at), context))
  }
}

function writeAllocated(
  range: GroupRange,
  context: ElementContext,
  take: (element: string) => void,
): void {
  const { compiled, discovered } = range.targets
  const labels = compiled.labelsOf(discovered)
  eachActive(range, (_, at) => {
    const found = labels.unseeded(at)
    if (found !== undefined) take(allocatedElement(found, context))
  })
}

function addRelabeled(range: GroupRange, elements: SdElements, source: SdSource): void {
  eachActive(range, (target) => elements.add(target, source))
}

function addDiscovered(range: GroupRange, elements: SdElements, source: SdSource): void {
  eachFound(range, 'discovered', (found) => elements.add(found, source))
}

function addUnseeded(range: GroupRange, elements: SdElements, source: SdSource): void {
  eachFound(range, 'unseeded', (found) => elements.add(found, source))
}

/** The labels before relabelling of every target of a range, dropped ones included. */
function eachFound(
  { targets: { compiled, discovered }, from, to }: GroupRange,
  which: 'discovered' | 'unseeded',
  take: (labels: LabelValues) => void,
): void {
  const labels = compiled.labelsOf(discovered)
  for (let at = from; at < to; at += 1) {
    const found = labels[which](at)
    // Rules must not see a part of its labels as if it were all of them.
    if (found !== undefined) take(found)
  }
}

/** The active targets of a range that its group lists. */
function eachActive(
  { holder, targets, from, to, isChosen }: GroupRange,
  take: (target: Target, at: number) => void,
): void {
  const { active, activeAt } = targets
  for (let i = countBelow(activeAt, from); i < active.length; i += 1) {
    const at = activeAt[i] ?? to
    if (at >= to) return
    const target = active[i]
    if (target !== undefined && (isChosen || target.isListedBy(holder))) take(target, at)
  }
}
