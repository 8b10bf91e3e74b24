import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createHttpClient, defaultHttpClientConfig } from '../../../src/http/index.js'
import { AwsClient } from '../../../src/mechanisms/aws/client.js'
import { tasks } from '../../../src/mechanisms/aws/ecs.js'
import { awsServices } from '../../../src/mechanisms/aws/endpoint.js'
import { AwsIdentity } from '../../../src/mechanisms/aws/identity.js'
import { createApi } from '../../../src/mechanisms/kit/api.js'
import { Turns } from '../../../src/waiting/turns.js'
import { Secret } from '../../../src/yaml/index.js'
import { StepScheduler } from '../../discovery/step-scheduler.js'
import { serve } from '../../http/harness.js'
import { until } from '../../helpers/until.js'

type Body = Readonly<Record<string, unknown>>

/** What a server of ECS says to an action and its body. */
type Answer = (action: string, body: Body) => { readonly status?: number; readonly body: unknown }

/** What came of one poll: the addresses of each group, and what could not be had. */
interface Seen {
  readonly found: Readonly<Record<string, readonly (string | undefined)[]>>
  readonly trouble?: string
}

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

let scheduler = new StepScheduler()
const asked: string[] = []

beforeEach(() => {
  scheduler = new StepScheduler()
  asked.length = 0
})

/** Lets time pass until it is settled. */
async function finished<T>(work: Promise<T>): Promise<T> {
  let isOver = false
  const over = (): void => void (isOver = true)
  work.then(over, over)
  await until('the end', () => {
    if (scheduler.waiting > 0) scheduler.passToNext()
    return isOver
  })
  return work
}

/** @param answer said at the time of the request, so that a test can change it between polls */
async function polls(
  answer: () => Answer,
  clusters: readonly string[] = [],
): Promise<() => Promise<Seen>> {
  const { url } = await serve(({ headers, body }, response) => {
    const action = String(headers['x-amz-target']).replace(/^.*\./, '')
    const given = JSON.parse(body) as Body
    asked.push(action)
    const said = answer()(action, given)
    response.writeHead(said.status ?? 200).end(JSON.stringify(said.body))
  })
  const http = createHttpClient(defaultHttpClientConfig(), { userAgent: 'muster/test' })
  onTestFinished(() => http.close())
  const options = {
    service: awsServices.ecs,
    identity: new AwsIdentity({
      region: 'r',
      access_key: 'AK',
      secret_key: new Secret('geheim'),
      profile: '',
      role_arn: '',
      external_id: '',
    }),
    endpoint: url,
    env: {},
    userAgent: 'muster/test',
    random: () => 0.5,
    scheduler,
    now: Date.now,
  }
  const find = tasks({ port: 80, clusters, concurrency: 2 }, scheduler)
  return async () => {
    const api = createApi({
      client: http,
      baseUrl: url,
      timeoutMs: 60_000,
      signal: new AbortController().signal,
      turns: new Turns(),
    })
    const given = await finished(find(new AwsClient(options, api), api))
    const { groups = [], trouble } =
      'groups' in given || 'trouble' in given ? given : { groups: given as never }
    const found = groups.map(({ source, targets }) => [
      source,
      targets.map((t) => t['__address__']),
    ])
    const error = trouble?.error
    return {
      found: Object.fromEntries(found) as Seen['found'],
      ...(error instanceof Error && { trouble: error.message }),
    }
  }
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
