import type { Buffer } from 'node:buffer'
import { AnswerError } from './errors.js'
import { type JsonSpan, skipSpace, type Span, spanOf } from './json-elements.js'
import type { ReadingLimits } from './json-list.js'
import { tooHeavy } from './memory.js'

/** How much is parsed in one go: that takes well under a millisecond. */
const chunkBytes = 64 << 10

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const openBrace = 0x7b
const closeBrace = 0x7d

/**
 * Reads a body that is a JSON object by its members, in several turns of the event loop.
 * @param take is given each member in the order of the text; a name that comes twice may be given twice,
 * and the later one counts
 * @throws {SyntaxError} for a body that is not a JSON object, which it may notice only after some members;
 * what `take` throws; an {@link AnswerError} for an object that would take more memory than it may; the
 * signal's reason when it aborts
 */
export async function readJsonMembers(
  body: Buffer,
  take: (name: string, value: unknown) => void,
  { turns, signal, maxWeight }: ReadingLimits,
): Promise<void> {
  for (const members of chunksOf(body, maxWeight)) {
    for (const [name, value] of Object.entries(members)) take(name, value)
    if (turns.isOver) {
      await turns.next()
      signal.throwIfAborted()
    }
  }
}

/** Members that stand one after the other, parsed a few at a time. */
function* chunksOf(body: Buffer, maxWeight: number): Generator<object, void, undefined> {
  let weight = 0
  let chunk: Span | undefined
  for (const member of membersOf(body)) {
    weight += member.weight
    // Before it is parsed: one member may be all of it.
    if (weight > maxWeight) throw new AnswerError(tooHeavy(maxWeight))
    chunk = { start: chunk?.start ?? member.start, end: member.end }
    if (chunk.end - chunk.start < chunkBytes) continue
    yield parsed(body, chunk)
    chunk = undefined
  }
  if (chunk !== undefined) yield parsed(body, chunk)
}

function parsed(body: Buffer, { start, end }: Span): object {
  return JSON.parse(`{${body.toString('utf8', start, end)}}`) as object
}

/** Finds the members of an object without parsing them, each from its name to the end of its value. */
function* membersOf(body: Buffer): Generator<JsonSpan, void, undefined> {
  let at = skipSpace(body, expect(body, 0, openBrace))
  if (body[at] === closeBrace) return finish(body, at)
  for (;;) {
    if (body[at] !== quote) throw unexpected(at)
    const start = at
    const value = skipSpace(body, expect(body, spanOf(body, start).end, colon))
    const { end, weight } = spanOf(body, value)
    yield { start, end, weight }
    at = skipSpace(body, end)
    if (body[at] === closeBrace) return finish(body, at)
    at = skipSpace(body, expect(body, at, comma))
  }
}

/** The position behind a byte that has to come next. */
function expect(body: Buffer, from: number, byte: number): number {
  const at = skipSpace(body, from)
  if (body[at] !== byte) throw unexpected(at)
  return at + 1
}

function finish(body: Buffer, closing: number): void {
  const end = skipSpace(body, closing + 1)
  if (end < body.length) throw unexpected(end)
}

function unexpected(at: number): SyntaxError {
  return new SyntaxError(`not a JSON object: byte ${String(at)} is out of place`)
}
