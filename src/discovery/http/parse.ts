import type { Buffer } from 'node:buffer'
import { setImmediate } from 'node:timers'
import { type GroupSection, readJsonGroup, readJsonGroups } from '../index.js'
import { elementsOf } from './elements.js'

/** Bodies up to this size are parsed in one go: that takes about a millisecond. */
const smallBytes = 256 << 10
/** So much of a large body is parsed at a time: a few milliseconds. */
const sliceBytes = 256 << 10

/**
 * Reads the body of an answer. A large one is read group by group, with rests for everything else
 * that the process does.
 * @param make what to make of each group, at its position
 * @throws {InvalidGroupsError} saying what is wrong with it; the signal's reason when it aborts
 */
export async function parseBody<T>(
  body: Buffer,
  signal: AbortSignal,
  make: (section: GroupSection, index: number) => T,
): Promise<readonly T[]> {
  const parseWhole = (): readonly T[] => readJsonGroups(body.toString('utf8')).map(make)
  if (body.length <= smallBytes) return parseWhole()
  const made: T[] = []
  const elements = elementsOf(body)
  let parsed = 0
  for (;;) {
    const { done, value } = elements.next()
    if (done === true) {
      // Not a list, or one that is cut off: the plain parser has the right words for it.
      return value ? made : parseWhole()
    }
    const text = value.toString('utf8')
    let item: unknown
    try {
      item = JSON.parse(text)
    } catch {
      return parseWhole()
    }
    made.push(make(readJsonGroup(item, made.length, text), made.length))
    parsed += value.length
    if (parsed >= sliceBytes) {
      await new Promise((resolve) => setImmediate(resolve))
      signal.throwIfAborted()
      parsed = 0
    }
  }
}
