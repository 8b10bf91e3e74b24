import type { Buffer } from 'node:buffer'
import type { Turns } from '../../waiting/turns.js'
import { jsonElements } from './json-elements.js'
import { parseJson } from './json.js'

/** Bodies up to this size are parsed in one go: that takes about a millisecond. */
const smallBytes = 256 << 10

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

/**
 * Reads a body that is a JSON list. A large one is read by its elements, in several turns of the event loop.
 * @throws what the reader throws; the signal's reason when it aborts
 */
export async function readJsonList<T>(
  body: Buffer,
  reader: ListReader<T>,
  { turns, signal }: { readonly turns: Turns; readonly signal: AbortSignal },
): Promise<readonly T[]> {
  if (body.length <= smallBytes) return reader.whole(body.toString('utf8'))
  const read: T[] = []
  for (const element of elementsOf(body)) {
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
function* elementsOf(body: Buffer): Generator<{ item: unknown; text: string } | undefined> {
  try {
    for (const { start, end } of jsonElements(body)) {
      const text = body.toString('utf8', start, end)
      yield { item: parseJson(text), text }
    }
  } catch {
    yield undefined
  }
}
