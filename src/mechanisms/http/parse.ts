import type { Buffer } from 'node:buffer'
import { setImmediate } from 'node:timers'
import { type GroupSection } from '../kit/group-section.js'
import { readJsonGroup, readJsonGroups } from '../kit/json-groups.js'
import { jsonElements } from '../kit/json-elements.js'

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
  let parsed = 0
  for (const element of pieces(body)) {
    // Where something is wrong, the plain parser has the right words for it.
    if (element === undefined) return parseWhole()
    made.push(make(readJsonGroup(element.item, made.length, element.text), made.length))
    parsed += element.text.length
    if (parsed >= sliceBytes) {
      await new Promise((resolve) => setImmediate(resolve))
      signal.throwIfAborted()
      parsed = 0
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
