import type { Buffer } from 'node:buffer'
import type { Turns } from '../../waiting/turns.js'
import { type GroupSection } from '../kit/group-section.js'
import { readJsonGroup, readJsonGroups } from '../kit/json-groups.js'
import { jsonElements } from '../kit/json-elements.js'

/** Bodies up to this size are parsed in one go: that takes about a millisecond. */
const smallBytes = 256 << 10

/**
 * Reads the body of an answer. A large one is read group by group, and takes several turns.
 * @param make what to make of each group, at its position
 * @throws {InvalidGroupsError} saying what is wrong with it; the signal's reason when it aborts
 */
export async function parseBody<T>(
  body: Buffer,
  turns: Turns,
  signal: AbortSignal,
  make: (section: GroupSection, index: number) => T,
): Promise<readonly T[]> {
  const parseWhole = (): readonly T[] => readJsonGroups(body.toString('utf8')).map(make)
  if (body.length <= smallBytes) return parseWhole()
  const made: T[] = []
  for (const element of pieces(body)) {
    // Where something is wrong, the plain parser has the right words for it.
    if (element === undefined) return parseWhole()
    made.push(make(readJsonGroup(element.item, made.length, element.text), made.length))
    if (turns.isOver) {
      await turns.next()
      signal.throwIfAborted()
    }
  }
  return made
}

/** The elements of the list one by one; undefined, and the end, where it is not JSON. */
function* pieces(body: Buffer): Generator<{ item: unknown; text: string } | undefined> {
  try {
    for (const { start, end } of jsonElements(body)) {
      const text = body.toString('utf8', start, end)
      yield { item: JSON.parse(text) as unknown, text }
    }
  } catch {
    yield undefined
  }
}
