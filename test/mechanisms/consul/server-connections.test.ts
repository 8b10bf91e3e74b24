import { firstValueFrom, Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ServerConnections } from '../../../src/mechanisms/consul/server-connections.js'
import { FakeClock } from '../../../src/testing/discovery/index.js'

const minute = 60_000

/** Connections to a server on which so many blocking queries wait. */
function connectionsWith(blocking: number): {
  clock: FakeClock
  connections: ServerConnections
  limits: number[]
} {
  const clock = new FakeClock()
  const connections = new ServerConnections(clock)
  const limits: number[] = []
  connections.limits.subscribe((limit) => limits.push(limit))
  for (let i = 0; i < blocking; i += 1) void block(connections)
  return { clock, connections, limits }
}

/** A blocking query that waits until the given function is called. */
function block(connections: ServerConnections): () => Promise<void> {
  const answer = new Subject<void>()
  const query = connections.runBlocking(() => firstValueFrom(answer))
  return () => {
    answer.next()
    return query
  }
}

function refuse(connections: ServerConnections, times: number): void {
  for (let i = 0; i < times; i += 1) connections.recordRefusal()
}

describe('ServerConnections', () => {
  it('has room for any number of blocking queries while no limit is found', () => {
    const { connections, limits } = connectionsWith(1000)
    refuse(connections, 2)
    expect([connections.isLimited, connections.isFull, limits]).toEqual([false, false, []])
  })

  it('finds a limit by three refusals within two seconds, and is full at three quarters of it', async () => {
    const { connections, limits } = connectionsWith(99)
    const end = block(connections)
    refuse(connections, 3)
    expect([connections.isLimited, connections.isFull, limits]).toEqual([true, true, [100]])
    await end()
    expect(connections.isFull).toBe(true)
  })

  it('has room again when fewer than three quarters of the connections are blocked', async () => {
    const { connections } = connectionsWith(2)
    const ends = [block(connections), block(connections)]
    refuse(connections, 3)
    await ends[0]?.()
    expect(connections.isFull).toBe(true)
    await ends[1]?.()
    expect(connections.isFull).toBe(false)
  })

  it('takes refusals that are far apart for connections that were just closed', () => {
    const { clock, connections } = connectionsWith(10)
    for (let i = 0; i < 5; i += 1) {
      refuse(connections, 1)
      clock.advance(1_000)
    }
    expect(connections.isLimited).toBe(false)
  })

  it('forgets a limit after five minutes, and one that is found again after twice as long, up to an hour', () => {
    const { clock, connections, limits } = connectionsWith(10)
    for (const minutes of [5, 10, 20, 40, 60, 60]) {
      refuse(connections, 3)
      clock.advance(minutes * minute - 1)
      expect(connections.isLimited).toBe(true)
      clock.advance(1)
      expect(connections.isLimited).toBe(false)
    }
    expect(limits).toEqual([10, 10, 10, 10, 10, 10])
  })

  it('reports a limit once, and lowers it when fewer connections are refused', async () => {
    const { connections, limits } = connectionsWith(4)
    const ends = Array.from({ length: 4 }, () => block(connections))
    refuse(connections, 3)
    await Promise.all(ends.map((end) => end()))
    expect(connections.isFull).toBe(false)
    refuse(connections, 1)
    expect([connections.isFull, limits]).toEqual([true, [8]])
  })
})
