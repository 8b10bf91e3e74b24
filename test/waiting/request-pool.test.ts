import { describe, expect, it } from 'vitest'
import { RequestPool } from '../../src/waiting/request-pool.js'

const forever = new AbortController().signal

/** Work that ends when the test says so. */
function work(): { run: () => Promise<void>; end: () => void; isRunning: () => boolean } {
  let finish: (() => void) | undefined
  return {
    run: () =>
      new Promise<void>((resolve) => {
        finish = resolve
      }),
    end: () => {
      finish?.()
      finish = undefined
    },
    isRunning: () => finish !== undefined,
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a request pool', () => {
  it('runs as many as its limit allows, and the others in their order', async () => {
    const pool = new RequestPool(2)
    const jobs = [work(), work(), work(), work()]
    const all = jobs.map((job) => pool.run(job.run, forever))
    const running = (): readonly boolean[] => jobs.map((job) => job.isRunning())
    await turn()
    expect(running()).toEqual([true, true, false, false])
    jobs[1]?.end()
    await turn()
    expect(running()).toEqual([true, false, true, false])
    jobs[0]?.end()
    jobs[2]?.end()
    await turn()
    expect(running()).toEqual([false, false, false, true])
    jobs[3]?.end()
    await Promise.all(all)
  })

  it('goes on after work that fails', async () => {
    const pool = new RequestPool(1)
    const failed = pool.run(() => Promise.reject(new Error('no')), forever)
    const next = pool.run(() => Promise.resolve('yes'), forever)
    await expect(failed).rejects.toThrow('no')
    expect(await next).toBe('yes')
  })

  it('forgets work whose signal aborts, and never starts it', async () => {
    const pool = new RequestPool(1)
    const [first, second, third] = [work(), work(), work()]
    const leaving = new AbortController()
    const all = [
      pool.run(first.run, forever),
      pool.run(second.run, leaving.signal),
      pool.run(third.run, forever),
    ]
    const left = expect(all[1]).rejects.toThrow('gone')
    leaving.abort(new Error('gone'))
    await left
    first.end()
    await turn()
    expect([second.isRunning(), third.isRunning()]).toEqual([false, true])
    third.end()
    await Promise.all([all[0], all[2]])
  })

  it('has an empty queue when no work waits, also while some still runs', async () => {
    const pool = new RequestPool(1)
    const [first, second] = [work(), work()]
    const all = [pool.run(first.run, forever), pool.run(second.run, forever)]
    let isEmpty = false
    const empty = pool.queueEmpty(forever).then(() => {
      isEmpty = true
    })
    await turn()
    expect(isEmpty).toBe(false)
    first.end()
    await empty
    expect(second.isRunning()).toBe(true)
    second.end()
    await Promise.all(all)
  })

  it('can halve its limit, down to two', async () => {
    const pool = new RequestPool(5)
    for (let i = 0; i < 5; i += 1) pool.halveLimit()
    const jobs = [work(), work(), work()]
    const all = jobs.map((job) => pool.run(job.run, forever))
    await turn()
    expect(jobs.map((job) => job.isRunning())).toEqual([true, true, false])
    jobs[0]?.end()
    await turn()
    for (const job of jobs) job.end()
    await Promise.all(all)
  })
})
