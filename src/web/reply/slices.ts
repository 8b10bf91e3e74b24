import { Turn } from '../../waiting/turn.js'

/** Texts are gathered into buffers of about this many characters. */
const sliceLength = 64 * 1024

/** No buffer is made of more characters than this, so that none takes long to make. */
const maxSliceLength = 512 * 1024

/**
 * Turns many texts into buffers of an even size, and lets the event loop have a turn whenever making
 * them took a while: a body of a gigabyte never holds it. Nothing is made that was not asked for.
 */
export async function* slices(
  texts: Iterable<string> | AsyncIterable<string>,
): AsyncGenerator<Buffer, void, undefined> {
  const turn = new Turn(5)
  let gathered: string[] = []
  let length = 0
  for await (const text of texts) {
    gathered.push(text)
    length += text.length
    if (length >= sliceLength) {
      for (const piece of pieces(gathered)) yield Buffer.from(piece)
      gathered = []
      length = 0
    }
    if (turn.isOver) await turn.next()
  }
  if (length > 0) for (const piece of pieces(gathered)) yield Buffer.from(piece)
}

function* pieces(gathered: readonly string[]): Generator<string> {
  const text = gathered.length === 1 ? (gathered[0] ?? '') : gathered.join('')
  let start = 0
  while (start < text.length) {
    let end = start + maxSliceLength
    // Both halves of a surrogate pair stay together.
    if (isHighSurrogate(text.charCodeAt(end - 1))) end += 1
    yield text.slice(start, end)
    start = end
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}
