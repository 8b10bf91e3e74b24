import { NEVER, Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Cluster } from '../../../src/mechanisms/kubernetes/cluster.js'
import { Clusters, type Connection } from '../../../src/mechanisms/kubernetes/clusters.js'
import { inBackground } from '../../../src/mechanisms/kubernetes/feed/in-background.js'
import { asyncScheduler } from 'rxjs'
import { until } from '../../helpers/until.js'
import { harness } from './harness.js'
import { FakeClock } from '../../../src/testing/discovery/index.js'

/** Clusters that are made up, with what was opened and closed. */
function counted() {
  const clock = new FakeClock()
  const clusters = new Clusters(clock)
  const said: string[] = []
  const connect = (name: string) => (): Connection => {
    said.push(`open ${name}`)
    return {
      cluster: {
        feed: () => ({ store: { size: 0 } as never, events: NEVER }),
        requests: NEVER,
        close: () => said.push(`forget ${name}`),
      },
      close() {
        said.push(`close ${name}`)
        return Promise.resolve()
      },
    }
  }
  const used: Cluster[] = []
  const use = (identity: unknown, name = 'a') =>
    clusters
      .use(identity, connect(name), (cluster) => {
        used.push(cluster)
        return new Observable<never>()
      })
      .subscribe()
  return { clock, said, used, use }
}

describe('clusters', () => {
  it('are one for users of the same server as the same user', () => {
    const { said, used, use } = counted()
    use({ server: 'x', token: ['t'] })
    use({ server: 'x', token: ['t'] })
    use({ server: 'x', token: ['other'] }, 'b')
    expect(said).toEqual(['open a', 'open b'])
    expect(used[0]).toBe(used[1])
    expect(used[0]).not.toBe(used[2])
  })

  it('are kept for half a minute after the last user, and then closed', () => {
    const { clock, said, use } = counted()
    const [one, two] = [use('x'), use('x')]
    one.unsubscribe()
    clock.advance(60_000)
    two.unsubscribe()
    clock.advance(29_999)
    use('x').unsubscribe()
    clock.advance(29_999)
    expect(said).toEqual(['open a'])
    clock.advance(1)
    expect(said).toEqual(['open a', 'forget a', 'close a'])
    expect(clock.pending).toBe(0)
    use('x')
    expect(said.at(-1)).toBe('open a')
  })

  it('tell of their requests', async () => {
    const { cluster, fake, follow } = await harness()
    let requests = 0
    cluster.requests.subscribe(() => (requests += 1))
    fake.streamingLists = 'refused'
    await follow({ kind: 'node' }).synced()
    await until('a watch', () => fake.watches.length === 1)
    expect(requests).toBe(3)
  })
})

describe('what is done in the background', () => {
  it('is done in time', () => {
    const clock = new FakeClock()
    let done = 0
    inBackground(clock, 100, () => (done += 1))
    inBackground(clock, 100, () => (done += 1)).unsubscribe()
    clock.advance(99)
    expect(done).toBe(0)
    clock.advance(1)
    expect(done).toBe(1)
  })

  it('does not keep the process alive', () => {
    const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const waiting = inBackground(asyncScheduler, 100_000, () => undefined)
    const after = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    waiting.unsubscribe()
    expect(after).toBe(before)
  })
})
