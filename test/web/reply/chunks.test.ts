import { Turns } from '../../../src/waiting/turns.js'
import { describe, expect, it } from 'vitest'
import { textChunks } from '../../../src/web/reply/chunks.js'

const read = async (texts: Iterable<string>): Promise<Buffer[]> => {
  const chunks: Buffer[] = []
  for await (const chunk of textChunks(texts, new Turns())) chunks.push(chunk)
  return chunks
}

function* busy(): Generator<string> {
  for (let i = 0; i < 20; i += 1) {
    const until = performance.now() + 6
    while (performance.now() < until);
    yield 'x'
  }
}

describe('the chunks of a body', () => {
  it('gather short texts', async () => {
    const chunks = await read(Array.from({ length: 100_000 }, () => 'abc'))
    expect(Buffer.concat(chunks).toString()).toBe('abc'.repeat(100_000))
    expect(chunks.length).toBe(5)
  })

  it('divide long texts without breaking a character', async () => {
    const text = `x${'😀'.repeat(1_000_000)}`
    const chunks = await read([text])
    expect(chunks.length).toBeGreaterThan(2)
    expect(Buffer.concat(chunks).toString()).toBe(text)
  })

  it('are none for no text', async () => {
    expect(await read(['', ''])).toEqual([])
  })

  it('leave turns of the event loop to others while there is much to make', async () => {
    let turns = 0
    let over = false
    const count = (): void => {
      turns += 1
      if (!over) setImmediate(count)
    }
    setImmediate(count)
    await read(busy())
    over = true
    expect(turns).toBeGreaterThanOrEqual(19)
  })
})
