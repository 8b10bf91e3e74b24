import { Observable, Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ChangeSignal } from '../../../src/mechanisms/consul/change-signal.js'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const forever = new AbortController().signal

describe('ChangeSignal', () => {
  it('listens from the first wait on, until it is stopped', async () => {
    let listeners = 0
    const signal = new ChangeSignal(
      new Observable<void>((subscriber) => {
        listeners += 1
        subscriber.next()
        return () => (listeners -= 1)
      }),
    )
    expect(listeners).toBe(0)
    expect(await signal.after(0, forever)).toBe(1)
    expect(listeners).toBe(1)
    signal.stop()
    expect(listeners).toBe(0)
  })

  it('releases all watches at a change, and at once one that has missed some', async () => {
    const changes = new Subject<void>()
    const signal = new ChangeSignal(changes)
    const released: number[] = []
    for (let i = 0; i < 3; i += 1) {
      void signal.after(0, forever).then((count) => released.push(count))
    }
    await turn()
    expect(released).toEqual([])
    changes.next()
    await turn()
    expect(released).toEqual([1, 1, 1])
    changes.next()
    changes.next()
    expect(await signal.after(1, forever)).toBe(3)
  })

  it('gives up with the reason of the signal', async () => {
    const stop = new AbortController()
    const waiting = new ChangeSignal(new Subject()).after(0, stop.signal)
    stop.abort(new Error('stopped'))
    await expect(waiting).rejects.toThrow('stopped')
  })
})
