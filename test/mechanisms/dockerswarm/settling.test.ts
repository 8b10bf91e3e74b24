import { describe, expect, it } from 'vitest'
import { Settling, type TaskProgress } from '../../../src/mechanisms/dockerswarm/settling.js'

const starting: TaskProgress = { service: 's', state: 'starting', desired: 'running' }
const running: TaskProgress = { service: 's', state: 'running', desired: 'running' }
const failed: TaskProgress = { service: 's', state: 'failed', desired: 'shutdown' }

/** The waits until it has settled. */
function waitsOf(settling: Settling, tasks: (i: number) => readonly TaskProgress[]): number[] {
  const waits: number[] = []
  for (;;) {
    const wait = settling.compare(tasks(waits.length))
    if (wait === undefined) return waits
    waits.push(wait)
  }
}

describe('the tasks of a service that has changed', () => {
  it('are not listed again where nothing has changed', () => {
    expect(new Settling(60_000).compare([starting])).toBeUndefined()
  })

  it('are listed often for a second, for more may come of the change', () => {
    const settling = new Settling(60_000)
    settling.begin(['s'])
    const waits = waitsOf(settling, () => [running, failed])
    expect(waits.slice(0, 11)).toEqual(Array(11).fill(50))
    expect(waits).toHaveLength(18)
    expect([...settling.services]).toEqual([])
  })

  it('are listed less and less often as long as one is on its way, and to the limit at most', () => {
    const settling = new Settling(60_000)
    settling.begin(['s'])
    const waits = waitsOf(settling, () => [starting, failed])
    expect(waits.slice(0, 13).map(Math.round)).toEqual([...Array<number>(11).fill(50), 55, 61])
    expect(waits.length).toBeLessThan(70)
    expect(waits.reduce((a, b) => a + b)).toBeLessThan(67_000)
  })

  it('are listed as often as at first after another change', () => {
    const settling = new Settling(60_000)
    settling.begin(['s'])
    for (let i = 0; i < 20; i += 1) settling.compare([starting])
    settling.begin(['s'])
    expect(settling.compare([starting])).toBe(50)
  })

  it('settle for each service, while others go on changing', () => {
    const settling = new Settling(60_000)
    for (let i = 0; i < 100; i += 1) {
      settling.begin([`s${String(i)}`])
      expect(settling.compare([])).toBe(50)
    }
    expect([...settling.services]).toHaveLength(20)
  })

  it('are listed less often where they are many', () => {
    const settling = new Settling(60_000)
    settling.begin(['s'])
    expect(settling.compare(Array.from({ length: 5000 }, () => running))).toBe(2500)
  })
})
