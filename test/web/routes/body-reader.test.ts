import { PassThrough } from 'node:stream'
import { firstValueFrom, Subject } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { WebContext } from '../../../src/web/context.js'
import { BodyReader } from '../../../src/web/routes/body-reader.js'

/** Bodies of 1000 bytes at most, 3000 of all; what becomes of each is noted by its name. */
function rig(maxBytes = 1000, maxHeldBytes = 3000) {
  const reader = new BodyReader({ maxBytes, maxHeldBytes, now: Date.now })
  const seen: string[] = []
  const begin = (name: string, work: () => Promise<void> = () => Promise.resolve()) => {
    const incoming = new PassThrough({ highWaterMark: 1 << 20 })
    const context = { req: { header: () => undefined }, env: { incoming } }
    reader
      .use(context as unknown as WebContext, async (body) => {
        seen.push(`${name} has ${String(body.length)}`)
        await work()
        return 'done' as const
      })
      .then(
        (answer) => seen.push(`${name} ${answer}`),
        () => seen.push(`${name} broke`),
      )
    return {
      send: (bytes: number) => void incoming.write(Buffer.alloc(bytes, 0x20)),
      end: () => void incoming.end(),
      hangUp: () => void incoming.destroy(new Error('gone')),
    }
  }
  /** Lets this much time pass. @returns what happened meanwhile */
  const pass = async (ms: number): Promise<readonly string[]> => {
    await vi.advanceTimersByTimeAsync(ms)
    return seen.splice(0)
  }
  return { begin, pass }
}

describe('the body of a request', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  it('is read to its end', async () => {
    const { begin, pass } = rig()
    const a = begin('a')
    a.send(500)
    await pass(10_000)
    a.send(500)
    a.end()
    expect(await pass(0)).toEqual(['a has 1000', 'a done'])
  })

  it('ends with what is wrong with it', async () => {
    const { begin, pass } = rig()
    begin('long').send(1001)
    begin('broken').hangUp()
    expect(await pass(0)).toEqual(['broken broke', 'long too long'])
  })

  it.each([
    ['nothing of it comes', 0, 30_000],
    ['all but its last byte came', 999, 30_000],
  ])('times out alone when %s', async (_title, bytes, ms) => {
    const { begin, pass } = rig()
    begin('a').send(bytes)
    expect(await pass(ms - 1)).toEqual([])
    expect(await pass(1)).toEqual(['a too slow'])
  })

  it('is read for as long as a kilobyte a second comes, and no longer', async () => {
    const { begin, pass } = rig(1 << 20, 1 << 20)
    const [a, b] = [begin('a'), begin('b')]
    for (let second = 0; second < 200; second += 1) {
      a.send(1024)
      b.send(900)
      await pass(1000)
    }
    a.end()
    expect(await pass(0)).toEqual(['a has 204800', 'a done'])
    expect(await pass(60_000)).toEqual(['b too slow'])
  })

  it('has room at once when six that stopped before their end are in its way', async () => {
    const { begin, pass } = rig(1000, 6000)
    for (let i = 0; i < 6; i += 1) begin(`slow ${String(i)}`).send(999)
    await pass(1001)
    const honest = begin('honest')
    honest.send(900)
    honest.end()
    expect(await pass(0)).toEqual(['slow 0 displaced', 'honest has 900', 'honest done'])
    expect(await pass(30_000)).toHaveLength(5)
  })

  it('waits a moment for those that have stopped only now', async () => {
    const { begin, pass } = rig(1000, 6000)
    for (let i = 0; i < 6; i += 1) begin(`slow ${String(i)}`).send(1000)
    await pass(500)
    const honest = begin('honest')
    honest.send(10)
    honest.end()
    expect(await pass(400)).toEqual([])
    expect(await pass(200)).toEqual(['slow 0 displaced', 'honest has 10', 'honest done'])
    expect(await pass(30_000)).toHaveLength(5)
  })

  it('takes the room of the one that held most for longest where all keep up', async () => {
    const { begin, pass } = rig(4000, 6000)
    const [a, b, c] = [begin('a'), begin('b'), begin('c')]
    a.send(1900)
    b.send(1900)
    c.send(2200)
    await pass(0)
    const small = begin('small')
    small.send(10)
    small.end()
    expect(await pass(950)).toEqual([])
    expect(await pass(50)).toEqual(['c displaced', 'small has 10', 'small done'])
    a.end()
    b.end()
    expect(await pass(0)).toEqual(['a has 1900', 'b has 1900', 'a done', 'b done'])
  })

  it('is refused where all room is taken by bodies that are complete, or no longer than it', async () => {
    const { begin, pass } = rig(1000, 2000)
    const finished = new Subject<void>()
    const worked = firstValueFrom(finished)
    for (const name of ['a', 'b']) {
      const body = begin(name, () => worked)
      body.send(1000)
      body.end()
    }
    begin('c').send(1)
    expect(await pass(900)).toEqual(['a has 1000', 'b has 1000'])
    expect(await pass(200)).toEqual(['c too many'])
    const d = begin('d')
    d.send(100)
    d.end()
    await pass(500)
    finished.next()
    expect(await pass(100)).toEqual(['a done', 'b done', 'd has 100', 'd done'])
  })
})
