import { describe, expect, it } from 'vitest'
import { until } from '../../helpers/until.js'
import { harness } from './harness.js'

const pods = '/api/v1/pods'
const pod = (name: string, namespace = 'web', labels = {}) => ({
  metadata: { name, namespace, labels },
})

describe('a feed', () => {
  it('knows what there is, and what happens', async () => {
    const { fake, follow } = await harness()
    fake.put(pods, pod('a'))
    fake.put(pods, pod('b'))
    const feed = follow({ kind: 'pod' })
    await feed.has('web/a', 'web/b')
    await feed.synced()
    fake.put(pods, pod('c'))
    fake.put(pods, pod('a', 'web', { x: 'y' }))
    fake.remove(pods, 'b', 'web')
    await feed.has('web/a', 'web/c')
    await until('changes', () => feed.changes().length === 3)
    expect(feed.changes()).toEqual(['+web/c', '~web/a', '-web/b'])
  })
})
