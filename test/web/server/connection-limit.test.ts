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

/** Two are served at once; what happens to each is noted by its number. */
function rig() {
  const seen: string[] = []
  let now = 0
  const limit = new ConnectionLimit({
    max: 2,
    maxWaiting: 2,
    now: () => now,
    onRefused: () => void seen.push('refused'),
  })
  const open: Connection[] = []
  const come = (bytesRead = 0): void => {
    const number = String(open.length)
    const socket = new net.Socket()
    Object.defineProperty(socket, 'bytesRead', { value: bytesRead })
    socket.once('close', () => seen.push(`${number} closed`))
    open.push(limit.add(socket, () => void seen.push(`${number} served`)))
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
  return { limit, come, pass, the }
}

describe('the connections of a server', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('wait in their order, and are refused where too many do', async () => {
    const { limit, come, pass, the } = rig()
    for (let i = 0; i < 5; i += 1) come()
    limit.answering(the(0))
    limit.answering(the(1))
    const first = await pass(0)
    expect(first).toEqual(['0 served', '1 served', 'refused', '4 closed'])
    the(1).socket.destroy()
    expect(await pass(0)).toEqual(['1 closed', '2 served'])
    limit.destroyAll()
    expect((await pass(0)).toSorted()).toEqual(['0 closed', '2 closed', '3 closed'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('make room when they idle, the longest idle first', async () => {
    const { limit, come, pass, the } = rig()
    come()
    come()
    for (const number of [0, 1]) limit.answering(the(number))
    for (const number of [1, 0]) limit.idle(the(number))
    await pass(10_000)
    come(5)
    expect(await pass(100)).toEqual(['1 closed', '2 served'])
    limit.destroyAll()
  })

  it.each([
    ['nothing, at once', 0, 100, ['0 served', '1 served', '3 served']],
    ['no whole request, not at once', 5, 2800, ['0 served', '1 served']],
    ['no whole request, after three seconds', 5, 3200, ['0 served', '1 served', '3 served']],
  ])(
    'leave their place to one that speaks when they have sent %s',
    async (_title, bytes, ms, all) => {
      const { limit, come, pass } = rig()
      come(bytes)
      come(bytes)
      come()
      come(5)
      expect(await pass(ms)).toEqual(all)
      limit.destroyAll()
    },
  )

  it('are closed in the middle of a request once there are too many of that kind', async () => {
    const { limit, come, pass } = rig()
    for (let i = 0; i < 4; i += 1) come(5)
    expect(await pass(3500)).toEqual(['0 served', '1 served', '2 served', '3 served'])
    come(5)
    expect(await pass(3000)).toEqual(['0 closed', '4 served'])
    limit.destroyAll()
  })

  it('are closed for one that cannot even wait when they have said nothing for a while', async () => {
    const { limit, come, pass } = rig()
    for (let i = 0; i < 4; i += 1) come()
    expect(await pass(600)).toEqual(['0 served', '1 served'])
    come(5)
    expect(await pass(200)).toEqual(['2 closed', '4 served'])
    limit.destroyAll()
  })

  it('never make room in the middle of an answer, and one waits for half a minute', async () => {
    const { limit, come, pass, the } = rig()
    come()
    come()
    limit.answering(the(0))
    limit.answering(the(1))
    come()
    expect(await pass(29_000)).toEqual(['0 served', '1 served'])
    expect(await pass(2000)).toEqual(['refused', '2 closed'])
    limit.destroyAll()
  })
})
