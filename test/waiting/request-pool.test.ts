import { describe, expect, it } from 'vitest'
import { Lanes } from '../../src/waiting/request-pool.js'

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

describe('Lanes', () => {
  it('run as many as there are, and the others in their order', async () => {
    const lanes = new Lanes(2)
    const jobs = [work(), work(), work(), work()]
    const all = jobs.map((job) => lanes.run(job.run, forever))
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

  it('go on after work that fails', async () => {
    const lanes = new Lanes(1)
    const failed = lanes.run(() => Promise.reject(new Error('no')), forever)
    const next = lanes.run(() => Promise.resolve('yes'), forever)
    await expect(failed).rejects.toThrow('no')
    expect(await next).toBe('yes')
  })

  it('forget who leaves the queue, and never start him', async () => {
    const lanes = new Lanes(1)
    const [first, second, third] = [work(), work(), work()]
    const leaving = new AbortController()
    const all = [
      lanes.run(first.run, forever),
      lanes.run(second.run, leaving.signal),
      lanes.run(third.run, forever),
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

  it('are quiet when nobody queues, also while some still run', async () => {
    const lanes = new Lanes(1)
    const [first, second] = [work(), work()]
    const all = [lanes.run(first.run, forever), lanes.run(second.run, forever)]
    let isQuiet = false
    const quiet = lanes.quiet(forever).then(() => {
      isQuiet = true
    })
    await turn()
    expect(isQuiet).toBe(false)
    first.end()
    await quiet
    expect(second.isRunning()).toBe(true)
    second.end()
    await Promise.all(all)
  })

  it('can be narrowed, down to two', async () => {
    const lanes = new Lanes(5)
    for (let i = 0; i < 5; i += 1) lanes.narrow()
    const jobs = [work(), work(), work()]
    const all = jobs.map((job) => lanes.run(job.run, forever))
    await turn()
    expect(jobs.map((job) => job.isRunning())).toEqual([true, true, false])
    jobs[0]?.end()
    await turn()
    for (const job of jobs) job.end()
    await Promise.all(all)
  })
})
