import type { Buffer } from 'node:buffer'
import type { Turns } from '../../waiting/turns.js'
import { AnswerError } from './errors.js'
import { jsonElements } from './json-elements.js'
import { parseJson } from './json.js'
import { tooHeavy } from './memory.js'

/** Bodies up to this size are parsed in one go: that takes about a millisecond. */
export const smallBytes: number = 256 << 10

/** How to read a JSON list, as a whole and by its elements; both to the same. */
export interface ListReader<T> {
  /** @throws for what is not such a list */
  whole(text: string): readonly T[]
  /**
   * @param text what the element was parsed from
   * @throws for what is not such an element
   */
  element(item: unknown, index: number, text: string): T
}

/** What reading may take. */
export interface ReadingLimits {
  /** Where its time comes from. */
  readonly turns: Turns
  readonly signal: AbortSignal
  /** What the list may make, in the weight of its elements. */
  readonly maxWeight: number
}

/**
 * Reads a body that is a JSON list. A large one is read by its elements, in several turns of the event loop.
 * @throws what the reader throws; an {@link AnswerError} for a list that would take more memory than it may;
 * the signal's reason when it aborts
 */
export async function readJsonList<T>(
  body: Buffer,
  reader: ListReader<T>,
  { turns, signal, maxWeight }: ReadingLimits,
): Promise<readonly T[]> {
  if (body.length <= smallBytes) return reader.whole(body.toString('utf8'))
  const read: T[] = []
  for (const element of elementsOf(body, maxWeight)) {
    // What is wrong is said best by the reader of the whole.
    if (element === undefined) return reader.whole(body.toString('utf8'))
    read.push(reader.element(element.item, read.length, element.text))
    if (turns.isOver) {
      await turns.next()
      signal.throwIfAborted()
    }
  }
  return read
}

/** The elements of the list; undefined, and the end, where it is not JSON. */
function* elementsOf(
  body: Buffer,
  maxWeight: number,
): Generator<{ item: unknown; text: string } | undefined> {
  let weight = 0
  try {
    for (const span of jsonElements(body)) {
      weight += span.weight
      // Before it is parsed: one element may be all of it.
      if (weight > maxWeight) break
      const text = body.toString('utf8', span.start, span.end)
      yield { item: parseJson(text), text }
    }
  } catch {
    yield undefined
  }
  if (weight > maxWeight) throw new AnswerError(tooHeavy(maxWeight))
}
