import { beforeEach, describe, expect, it } from 'vitest'
import { tasks } from '../../../src/mechanisms/aws/ecs.js'
import { pollsOf, type Said, type Seen } from './polls.js'
import { FakeClock } from '../../../src/testing/discovery/index.js'

type Body = Readonly<Record<string, unknown>>

/** What a server of ECS says to an action and its body. */
type Answer = (action: string, body: Body) => { readonly status?: number; readonly body: unknown }

const refused = (code: string): { readonly status: number; readonly body: unknown } => ({
  status: 400,
  body: { __type: code, message: 'no' },
})

/** Clusters with these names, each with one task, whose address has the number of the cluster. */
function server(names: readonly string[]): Answer {
  return (action, { cluster, clusters }) => {
    if (action === 'ListClusters') return { body: { clusterArns: names } }
    if (action === 'DescribeClusters') {
      const asked = clusters as readonly string[]
      const known = asked.filter((name) => names.includes(name))
      const missing = asked.filter((name) => !names.includes(name))
      return {
        body: {
          clusters: known.map((name) => ({ clusterArn: name, clusterName: name })),
          failures: missing.map((name) => ({ arn: `arn:x:cluster/${name}`, reason: 'MISSING' })),
        },
      }
    }
    if (action === 'ListTasks') return { body: { taskArns: ['t'] } }
    const value = `127.0.0.${String(names.indexOf(String(cluster)) + 1)}`
    const details = [{ name: 'privateIPv4Address', value }]
    return { body: { tasks: [{ attachments: [{ type: 'ElasticNetworkInterface', details }] }] } }
  }
}

let scheduler = new FakeClock()
const asked: string[] = []

beforeEach(() => {
  scheduler = new FakeClock()
  asked.length = 0
})

/** @param answer gives what answers now, so that a test can change it between polls */
async function polls(
  answer: () => Answer,
  clusters: readonly string[] = [],
): Promise<() => Promise<Seen>> {
  const find = tasks({ port: 80, clusters, concurrency: 2 }, scheduler)
  const say = ({ target, body }: { readonly target: string; readonly body: string }): Said => {
    asked.push(target)
    const said = answer()(target, JSON.parse(body) as Body)
    return { ...said, body: JSON.stringify(said.body) }
  }
  return pollsOf('ecs', find, say, scheduler)
}

describe('a cluster whose tasks cannot be had', () => {
  it.each(['DescribeTasks', 'ListTasks'])(
    'keeps its group and is named where %s fails, and the others are found',
    async (failing) => {
      const good = server(['a', 'b'])
      let now = good
      const poll = await polls(() => now)
      const all = { found: { 'r/a': ['127.0.0.1:80'], 'r/b': ['127.0.0.2:80'] } }
      expect(await poll()).toEqual(all)
      now = (action, body) =>
        action === failing && body['cluster'] === 'a'
          ? refused('AccessDeniedException')
          : good(action, body)
      expect(await poll()).toEqual({
        found: { 'r/b': ['127.0.0.2:80'] },
        trouble: expect.stringMatching(
          new RegExp(`^unable to find the tasks of cluster a: http:.*: ${failing}: AccessDenied`),
        ) as string,
      })
      now = good
      expect(await poll()).toEqual(all)
    },
  )

  it('does not keep the targets of a cluster that has gone meanwhile', async () => {
    let now = server(['a', 'b', 'c'])
    const poll = await polls(() => now)
    await poll()
    const without = server(['a', 'b'])
    now = (action, body) =>
      action === 'ListTasks' && body['cluster'] === 'a'
        ? refused('ClusterNotFoundException')
        : without(action, body)
    expect((await poll()).found).toEqual({ 'r/b': ['127.0.0.2:80'], 'r/c': [] })
  })

  it('is named where the config names it and there is none', async () => {
    const poll = await polls(() => server(['a']), ['a', 'typo'])
    expect(await poll()).toEqual({
      found: { 'r/a': ['127.0.0.1:80'] },
      trouble: 'unable to find the tasks of cluster typo: DescribeClusters: MISSING',
    })
  })

  it.each<[string, string]>([
    ['ExpiredTokenException', 'ExpiredTokenException: no'],
    ['AccessDeniedException', 'AccessDeniedException: no'],
  ])('fails the poll where all are refused with %s', async (code, says) => {
    const good = server(['a', 'b'])
    const poll = await polls(
      () => (action, body) => (action === 'ListTasks' ? refused(code) : good(action, body)),
    )
    await expect(poll()).rejects.toThrow(says)
  })

  it('fails the poll where ECS is asked too much, so that it gets the time that it wants', async () => {
    const good = server(['a', 'b'])
    const poll = await polls(
      () => (action, body) =>
        action === 'ListTasks' && body['cluster'] === 'a'
          ? refused('ThrottlingException')
          : good(action, body),
    )
    await expect(poll()).rejects.toMatchObject({ status: 429 })
  })
})

describe('requests to ECS', () => {
  it('go out twenty a second of a kind once there have been ten', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `c${String(i)}`)
    const poll = await polls(() => server(names))
    const start = scheduler.now()
    const { found } = await poll()
    expect(Object.keys(found)).toHaveLength(12)
    // One list and one description of tasks for each of the twelve.
    expect(asked.filter((action) => action.endsWith('Tasks'))).toHaveLength(24)
    expect(scheduler.now() - start).toBe(14 * 50)
  })
})
