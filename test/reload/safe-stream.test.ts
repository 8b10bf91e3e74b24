import { firstValueFrom, map, type Observable, of, Subject, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { Reloader } from '../../src/reload/index.js'
import { safeStream } from '../../src/reload/safe-stream.js'
import { DiscoveryManager, discoveryMetrics } from '../../src/discovery/index.js'
import { ScrapeManager } from '../../src/scrape/index.js'
import { Registry } from 'prom-client'
import { jobWith } from '../scrape/jobs.js'

const boom = new Error('boom')

function explode(): never {
  throw boom
}

describe('a stream whose subscribers may throw', () => {
  it('says what one threw, and gives all of them what follows', () => {
    const source = new Subject<number>()
    const thrown: unknown[] = []
    const seen: number[] = []
    const stream = safeStream(source, (error) => thrown.push(error))
    const odd = (n: number): void => {
      seen.push(n)
      if (n === 1) explode()
    }
    stream.subscribe(odd)
    stream.subscribe({ next: odd, complete: explode })
    stream.pipe(map((n) => n * 10)).subscribe((n) => seen.push(n))
    source.next(1)
    source.next(2)
    source.complete()
    expect(seen).toEqual([1, 1, 10, 2, 2, 20])
    expect(thrown).toEqual([boom, boom, boom])
  })

  it.each([
    { name: 'that reads what an operator made', use: (n: number) => n, read: explode },
    { name: 'behind an operator that throws', use: explode, read: () => undefined },
  ])('says what was thrown by a subscriber $name', ({ use, read }) => {
    const thrown: unknown[] = []
    safeStream(of(1), (error) => thrown.push(error))
      .pipe(map(use))
      .subscribe(read)
    expect(thrown).toEqual([boom])
  })

  it('hands an error to the subscriber that takes errors, and to no one else', () => {
    const thrown: unknown[] = []
    const taken: unknown[] = []
    const stream = safeStream(
      throwError(() => boom),
      (error) => thrown.push(error),
    )
    stream.subscribe({ error: (error) => taken.push(error) })
    stream.subscribe(undefined, (error) => taken.push(error))
    expect({ thrown, taken }).toEqual({ thrown: [], taken: [boom, boom] })
    stream.subscribe()
    expect(thrown).toEqual([boom])
  })

  it('is left by a subscriber like any other', () => {
    const source = new Subject<number>()
    safeStream(source, explode).pipe(map(String)).subscribe().unsubscribe()
    expect(source.observed).toBe(false)
  })

  it('gives a promise its value', async () => {
    expect(await firstValueFrom(safeStream(of(7), explode))).toBe(7)
  })
})

describe('a subscriber that throws ends the actor with its error:', () => {
  it.each(['status', 'config'] as const)('%s of a reloader', async (stream) => {
    const reloader = new Reloader({ load: async () => 'one', parts: [] })
    const given: Observable<unknown> = reloader[stream]
    given.subscribe(explode)
    await expect(reloader.execute()).rejects.toBe(boom)
  })

  it('the end of the streams of a reloader', async () => {
    const reloader = new Reloader({ load: async () => 'one', parts: [] })
    reloader.config.subscribe({ next: () => reloader.interrupt(), complete: explode })
    await expect(reloader.execute()).rejects.toBe(boom)
  })

  it.each(['updates', 'statusChanges', 'events'] as const)(
    'the end of %s of a discovery manager',
    async (stream) => {
      const manager = discoveryManager()
      const given: Observable<unknown> = manager[stream]
      given.subscribe({ complete: explode })
      manager.interrupt()
      await expect(manager.execute()).rejects.toBe(boom)
    },
  )

  it('updates of a discovery manager', async () => {
    const manager = discoveryManager()
    const seen: string[] = []
    manager.updates.subscribe(explode)
    manager.updates.subscribe(({ set }) => seen.push(set))
    const done = manager.execute()
    manager.prepare(new Map([['a', []]])).commit()
    await expect(done).rejects.toBe(boom)
    expect(seen).toEqual(['a'])
  })

  it('changes of a scrape manager', async () => {
    const changes = new Map()
    const updates = of({ set: 'a', generation: 1, changes })
    const pools = new ScrapeManager({ updates, registry: new Registry() })
    pools.prepare([jobWith({ job_name: 'a' })]).commit()
    pools.changes.subscribe(explode)
    await expect(pools.execute()).rejects.toBe(boom)
  })

  it('the end of the changes of a scrape manager', async () => {
    const pools = new ScrapeManager({ updates: new Subject(), registry: new Registry() })
    pools.changes.subscribe({ complete: explode })
    const done = pools.execute()
    pools.interrupt()
    await expect(done).rejects.toBe(boom)
  })
})

function discoveryManager(): DiscoveryManager {
  return new DiscoveryManager({ name: 'scrape', metrics: discoveryMetrics(new Registry()) })
}
