import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { EventStream } from '../../../src/mechanisms/nomad/event-stream.js'

const { signal } = new AbortController()
const line = (index: number): string =>
  `{"Index":${String(index)},"Events":[{"Topic":"Service","Type":"ä"}]}\n`

/** The indexes of all batches that came before the end. */
async function indexes(stream: EventStream): Promise<readonly number[]> {
  stream.end(undefined)
  const found: number[] = []
  for (let next = await stream.next(signal); next !== undefined; next = await stream.next(signal)) {
    found.push(next.Index)
  }
  return found
}

describe('an event stream', () => {
  it('is the same wherever it is cut to pieces', async () => {
    const bytes = Buffer.from(`${line(1)}{}\n\n${line(2)}${line(3)}`)
    for (let at = 0; at <= bytes.length; at += 1) {
      const stream = new EventStream({ now: () => 0 }, Infinity)
      stream.push(bytes.subarray(0, at))
      stream.push(bytes.subarray(at))
      expect(await indexes(stream)).toEqual([1, 0, 2, 3])
    }
  })

  it('is waited for, and says what it has come to and when', async () => {
    let now = 5
    const stream = new EventStream({ now: () => now }, Infinity)
    const heard: number[] = []
    const subscription = stream.heard.subscribe((index) => heard.push(index))
    expect([stream.isAlive, stream.heardAt]).toEqual([false, 5])
    const next = stream.next(signal)
    now = 7
    stream.push(Buffer.from(line(4)))
    expect((await next)?.Index).toBe(4)
    now = 9
    stream.push(Buffer.from('{}\n'))
    expect([stream.isAlive, stream.heardAt]).toEqual([true, 9])
    expect(heard.at(-1)).toBe(4)
    subscription.unsubscribe()
  })

  it.each([
    ['what is not JSON', 'geheim\n', 'event stream: an event is not JSON'],
    ['another shape', '{"Events":{}}\n', 'event stream: Events: expected a list, got an object'],
    [
      'a line without end',
      'x'.repeat((8 << 20) + 1),
      'event stream: an event is larger than 8388608 bytes',
    ],
  ])('ends with an error at %s, and not before what came until then', async (_, bad, says) => {
    const stream = new EventStream({ now: () => 0 }, Infinity)
    stream.push(Buffer.from(line(1) + bad))
    stream.push(Buffer.from(line(2)))
    stream.end(undefined)
    expect((await stream.next(signal))?.Index).toBe(1)
    await expect(stream.next(signal)).rejects.toThrow(says)
  })

  it('ends with an error at an event that makes more than there is memory for', async () => {
    const stream = new EventStream({ now: () => 0 }, 800_000)
    stream.push(Buffer.from(`${line(1)}{"Events":[${'{},'.repeat(100_000)}{}]}\n`))
    expect((await stream.next(signal))?.Index).toBe(1)
    await expect(stream.next(signal)).rejects.toThrow('would take more than 24 MiB of memory')
  })

  it('has room for more when what came has been taken', async () => {
    const stream = new EventStream({ now: () => 0 }, Infinity)
    await stream.room(signal)
    for (let index = 1; index <= 5000; index += 1) stream.push(Buffer.from(line(index)))
    let hasRoom = false
    const room = stream.room(signal).then(() => {
      hasRoom = true
    })
    for (let taken = 0; taken < 1000; taken += 1) await stream.next(signal)
    expect(hasRoom).toBe(false)
    while (stream.hasMore) await stream.next(signal)
    await room
  })

  it('is the same in very many pieces', async () => {
    const long = `{"Index":7,"Events":[{"Type":"${'x'.repeat(10_000)}"}]}\n`
    const stream = new EventStream({ now: () => 0 }, Infinity)
    for (const byte of Buffer.from(long)) stream.push(Buffer.of(byte))
    expect(await indexes(stream)).toEqual([7])
  })

  it('is not waited for any longer when the signal aborts', async () => {
    const stream = new EventStream({ now: () => 0 }, Infinity)
    const controller = new AbortController()
    const next = stream.next(controller.signal)
    controller.abort(new Error('enough'))
    await expect(next).rejects.toThrow('enough')
  })
})
