import net from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type Connection,
  ConnectionLimit,
  throttled,
} from '../../../src/web/server/connection-limit.js'

describe('something that happens often', () => {
  it('is reported at once, and then every ten seconds with how often it happened', () => {
    let now = 0
    const reported: number[] = []
    const happen = throttled(
      (times) => reported.push(times),
      () => now,
    )
    for (const at of [0, 1, 2, 9999, 10_000, 10_001, 50_000]) {
      now = at
      happen()
    }
    expect(reported).toEqual([1, 4, 2])
  })
})

interface RigOptions {
  /** Places; two where nothing else is said. */
  readonly max?: number
  readonly maxWaiting?: number
}

/** What happens to each connection is noted by its number. */
function rig({ max = 2, maxWaiting = 3 }: RigOptions = {}) {
  const seen: string[] = []
  let now = 0
  const limit = new ConnectionLimit({
    max,
    maxWaiting,
    now: () => now,
    onRefused: () => void seen.push('refused'),
  })
  const open: Connection[] = []
  /** How much came over each connection, and how much was taken by its client. */
  const traffic: { read: number; written: number }[] = []
  const come = (): number => {
    const number = open.length
    const socket = new net.Socket()
    const bytes = { read: 0, written: 0 }
    traffic.push(bytes)
    Object.defineProperty(socket, 'bytesRead', { get: () => bytes.read })
    Object.defineProperty(socket, 'bytesWritten', { get: () => bytes.written })
    socket.once('close', () => seen.push(`${String(number)} closed`))
    open.push(limit.add(socket, () => void seen.push(`${String(number)} served`)))
    return number
  }
  /** Lets this much time pass. @returns what happened meanwhile */
  const pass = async (ms: number): Promise<readonly string[]> => {
    for (let left = ms; left >= 0; left -= 100) {
      await vi.advanceTimersByTimeAsync(Math.min(left, 100))
      now += Math.min(left, 100)
    }
    return seen.splice(0)
  }
  const the = (number: number): Connection => {
    const found = open[number]
    if (found === undefined) throw new Error('no such connection')
    return found
  }
  const ask = (number: number, isKnown = true): void => {
    limit.ask(the(number), isKnown, () => void seen.push(`${String(number)} answered`))
  }
  /** Connections that ask at once. */
  const askers = (count: number): void => {
    for (let i = 0; i < count; i += 1) ask(come())
  }
  return { limit, come, pass, the, ask, askers, seen, traffic }
}

describe('the connections of a server', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('wait with their requests in their order, and are refused where too many do', async () => {
    const { limit, pass, the, askers, come, seen } = rig({ maxWaiting: 2 })
    askers(4)
    come()
    expect(seen.splice(0)).toEqual([
      '0 served',
      '0 answered',
      '1 served',
      '1 answered',
      '2 served',
      '3 served',
      'refused',
    ])
    expect(await pass(0)).toEqual(['4 closed'])
    the(1).socket.destroy()
    expect(await pass(0)).toEqual(['1 closed', '2 answered'])
    limit.destroyAll()
    expect((await pass(0)).toSorted()).toEqual(['0 closed', '2 closed', '3 closed'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('make room when they idle, the longest idle first', async () => {
    const { limit, pass, the, askers } = rig()
    askers(2)
    for (const number of [1, 0]) limit.idle(the(number))
    await pass(10_000)
    askers(1)
    expect(await pass(100)).toEqual(['2 served', '1 closed', '2 answered'])
    limit.destroyAll()
  })

  it('keep no place from one that asks while they have sent no whole request', async () => {
    const { limit, pass, come, askers } = rig({ maxWaiting: 100 })
    for (let i = 0; i < 50; i += 1) come()
    await pass(100)
    askers(1)
    expect(await pass(100)).toEqual(['50 served', '50 answered'])
    limit.destroyAll()
  })

  it('that only arrive are closed where too many do, the oldest first', async () => {
    const { limit, pass, come, ask } = rig()
    for (let i = 0; i < 5; i += 1) come()
    await pass(100)
    ask(come())
    expect((await pass(0)).toSorted()).toEqual(['0 closed', '5 answered', '5 served'])
    limit.destroyAll()
  })

  it('begin a few at a time, so that many handshakes hold the event loop for a moment only', async () => {
    const { limit, come, pass, seen } = rig({ maxWaiting: 100 })
    for (let i = 0; i < 40; i += 1) come()
    expect(seen.splice(0)).toHaveLength(16)
    await vi.advanceTimersToNextTimerAsync()
    expect(seen.splice(0)).toHaveLength(16)
    expect(await pass(100)).toHaveLength(8)
    limit.destroyAll()
  })

  it('never make room in the middle of an answer, and one waits for half a minute', async () => {
    const { limit, pass, askers } = rig()
    askers(3)
    expect(await pass(29_000)).toEqual([
      '0 served',
      '0 answered',
      '1 served',
      '1 answered',
      '2 served',
    ])
    expect(await pass(2000)).toEqual(['refused', '2 closed'])
    limit.destroyAll()
  })

  it('keep no place while a body takes its time, and have one again when it is complete', async () => {
    const { limit, pass, the, askers } = rig()
    askers(2)
    the(0).isReceiving = () => true
    askers(1)
    await pass(900)
    expect(await pass(300)).toEqual(['2 answered'])
    limit.received(the(0))
    limit.idle(the(1))
    askers(1)
    // Three are answered now: there is one place too few, and then one that idles goes.
    expect(await pass(1000)).toEqual(['3 served', '1 closed'])
    limit.idle(the(0))
    expect(await pass(100)).toEqual(['0 closed', '3 answered'])
    limit.destroyAll()
  })

  it('are closed where too many wait when their bodies hardly come, and not when they do', async () => {
    const { limit, pass, the, askers, come, traffic } = rig({ maxWaiting: 2 })
    askers(2)
    for (const number of [0, 1]) the(number).isReceiving = () => true
    askers(2)
    expect(await pass(1500)).toContain('3 answered')
    for (const [number, read] of [4, 4000].entries()) Object.assign(traffic[number] ?? {}, { read })
    await pass(2800)
    come()
    expect((await pass(0)).toSorted()).toEqual(['0 closed', '4 served'])
    come()
    // None is older than the last, which has said nothing, than those that are answered.
    expect((await pass(0)).toSorted()).toEqual(['4 closed', '5 served'])
    limit.destroyAll()
  })

  it('keep no place while their answers are on the way, and are closed only where too many wait', async () => {
    const { limit, pass, the, askers, come, traffic } = rig({ maxWaiting: 3 })
    askers(2)
    for (const number of [0, 1])
      Object.assign(the(number), { isSending: () => true, unread: () => 1 })
    askers(2)
    // Two places for those that wait; of the first two none is closed yet.
    expect(await pass(1500)).toEqual(expect.arrayContaining(['2 answered', '3 answered']))
    // One takes enough; the second gets answers to its pings, as long as these are.
    Object.assign(traffic[0] ?? {}, { written: 10_000 })
    Object.assign(traffic[1] ?? {}, { written: 10_000, read: 9500 })
    await pass(2800)
    askers(1)
    expect(await pass(0)).toEqual(['4 served'])
    come()
    // The oldest that has said nothing is closed first: none has, but those that wait to be read.
    expect(await pass(0)).toEqual(expect.arrayContaining(['1 closed', '5 served']))
    expect(the(0).socket.destroyed).toBe(false)
    limit.idle(the(0))
    limit.destroyAll()
  })

  it('get half of the places when they are not known, and those that are known the others', async () => {
    const { limit, pass, come, ask, the } = rig({ max: 4, maxWaiting: 100 })
    for (let i = 0; i < 10; i += 1) ask(come(), false)
    await pass(0)
    ask(come())
    ask(come())
    expect(await pass(100)).toEqual(['10 served', '10 answered', '11 served', '11 answered'])
    limit.idle(the(0))
    // What waits and is known is first, wherever it stands.
    ask(come())
    expect(await pass(100)).toEqual(['12 served', '0 closed', '12 answered'])
    limit.destroyAll()
  })

  it('wait no longer when their request was taken back', async () => {
    const { limit, pass, the, askers } = rig()
    askers(3)
    limit.idle(the(2))
    the(0).socket.destroy()
    expect(await pass(40_000)).not.toContain('2 answered')
    expect(vi.getTimerCount()).toBe(0)
    limit.destroyAll()
  })
})
