import type { Turns } from '../../waiting/turns.js'

/** Texts are gathered into chunks of about this many characters. */
const chunkLength = 64 * 1024

/** No chunk has more characters than this, so that encoding one as UTF-8 never takes long. */
const maxChunkLength = 512 * 1024

/**
 * Turns many texts into chunks of an even size, over several turns: a body of a gigabyte never holds the
 * event loop. A text is read only when its chunk is asked for.
 */
export async function* textChunks(
  texts: Iterable<string> | AsyncIterable<string>,
  turns: Turns,
): AsyncGenerator<Buffer, void, undefined> {
  let gathered: string[] = []
  let length = 0
  for await (const text of texts) {
    gathered.push(text)
    length += text.length
    if (length >= chunkLength) {
      yield* encoded(gathered)
      gathered = []
      length = 0
    }
    if (turns.isOver) await turns.next()
  }
  if (length > 0) yield* encoded(gathered)
}

function* encoded(texts: readonly string[]): Generator<Buffer, void, undefined> {
  const text = texts.length === 1 ? (texts[0] ?? '') : texts.join('')
  let start = 0
  while (start < text.length) {
    let end = start + maxChunkLength
    // Both halves of a surrogate pair stay together.
    if (isHighSurrogate(text.charCodeAt(end - 1))) end += 1
    yield Buffer.from(text.slice(start, end))
    start = end
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}
