import { describe, expect, it } from 'vitest'
import { caches } from '../../../src/mechanisms/aws/elasticache.js'
import { pollsOf, type Said, type Seen } from './polls.js'
import { FakeClock } from '../../../src/testing/discovery/index.js'

function result(action: string, body: string): Said {
  const inner = `<${action}Result>${body}</${action}Result>`
  return { body: `<${action}Response>${inner}</${action}Response>` }
}

function refused(code: string): Said {
  const error = `<Error><Code>${code}</Code><Message>no</Message></Error>`
  return { status: 400, body: `<ErrorResponse>${error}</ErrorResponse>` }
}

const endpoint = (name: string): string =>
  `<Endpoint><Address>${name}.x</Address><Port>1</Port></Endpoint>`

/** A serverless cache `s`, the cache clusters `a-1` and `a-2` of replication group `a`, and `b` by itself. */
function region(tags: (arn: string) => Said): (request: { body: string }) => Said {
  return ({ body }) => {
    const given = new URLSearchParams(body)
    const action = given.get('Action') ?? ''
    if (action === 'ListTagsForResource') return tags(given.get('ResourceName') ?? '')
    if (action === 'DescribeServerlessCaches') {
      const one = `<ARN>arn-s</ARN><ServerlessCacheName>s</ServerlessCacheName>${endpoint('s')}`
      return result(action, `<ServerlessCaches><member>${one}</member></ServerlessCaches>`)
    }
    const clusters = [
      ['a-1', 'a'],
      ['a-2', 'a'],
      ['b', ''],
    ].map(
      ([id = '', of = '']) =>
        `<CacheCluster><ARN>arn-${id}</ARN><CacheClusterId>${id}</CacheClusterId>${of === '' ? '' : `<ReplicationGroupId>${of}</ReplicationGroupId>`}<CacheNodes><CacheNode>${endpoint(id)}</CacheNode></CacheNodes></CacheCluster>`,
    )
    return result(action, `<CacheClusters>${clusters.join('')}</CacheClusters>`)
  }
}

const noTags = (): Said => result('ListTagsForResource', '')

async function polls(
  clusters: readonly string[],
  tags: (arn: string) => Said = noTags,
): Promise<() => Promise<Seen>> {
  return pollsOf('elasticache', caches({ clusters, concurrency: 2 }), region(tags), new FakeClock())
}

describe('a cache whose tags cannot be had', () => {
  it('keeps its group and is named, and the others are found', async () => {
    let tags = noTags
    const poll = await polls([], (arn) => (arn === 'arn-b' ? tags() : noTags()))
    const others = { 'r/arn-s': ['s.x:1'], 'r/arn-a-1': ['a-1.x:1'], 'r/arn-a-2': ['a-2.x:1'] }
    expect(await poll()).toEqual({ found: { ...others, 'r/arn-b': ['b.x:1'] } })
    tags = () => refused('CacheClusterNotFound')
    expect(await poll()).toEqual({
      found: others,
      trouble: expect.stringMatching(
        /^unable to find the targets of cache arn-b: http:.*: ListTagsForResource: CacheClusterNotFound: no$/,
      ) as string,
    })
  })

  it('fails the poll where all are refused', async () => {
    const poll = await polls([], () => refused('AccessDenied'))
    await expect(poll()).rejects.toThrow('ListTagsForResource: AccessDenied: no')
  })
})

describe('the caches that a config names', () => {
  const arn = 'arn:aws:elasticache:r:1'

  it.each<[string, readonly string[], readonly string[]]>([
    ['by a replication group', [`${arn}:replicationgroup:a`], ['s', 'a-1', 'a-2']],
    ['by a cluster', [`${arn}:cluster:b`], ['s', 'b']],
    ['by a cluster of a replication group', [`${arn}:cluster:a-2`], ['s', 'a-2']],
    ['by a serverless cache', [`${arn}:serverlesscache:s`], ['s', 'a-1', 'a-2', 'b']],
    ['by both kinds', [`${arn}:serverlesscache:s`, `${arn}:cluster:b`], ['s', 'b']],
    ['by nothing', [''], ['s', 'a-1', 'a-2', 'b']],
  ])('%s are found, and all of a kind that it does not name', async (_, clusters, found) => {
    const poll = await polls(clusters)
    expect(await poll()).toEqual({
      found: Object.fromEntries(found.map((id) => [`r/arn-${id}`, [`${id}.x:1`]])),
    })
  })

  it.each<[string, string]>([
    [`${arn}:serverlesscache:typo`, 'there is no such cache'],
    [`${arn}:replicationgroup:typo`, 'there is no such cache'],
    [`${arn}:snapshot:a`, `"${arn}:snapshot:a" is not the ARN of a cache`],
    ['shop', '"shop" is not the ARN of a cache'],
  ])('%s is named, since it is of no use', async (given, why) => {
    const poll = await polls([given])
    const { trouble, found } = await poll()
    expect(trouble).toBe(`unable to find the targets of cache ${given}: ${why}`)
    expect(Object.keys(found)).not.toEqual([])
  })
})
