import { describe, expect, it } from 'vitest'
import type { Pod } from '../../../src/mechanisms/kubernetes/objects.js'
import type { Asked, FakeApiServer, Fault } from '../../../bench/kubernetes-server.js'
import { HttpError } from '../../../src/http/index.js'
import { KubernetesError } from '../../../src/mechanisms/kubernetes/feed/errors.js'
import { type Position, positionAfter } from '../../../src/mechanisms/kubernetes/feed/feed.js'
import { until } from '../../helpers/until.js'
import { type Following, type Harness, harness } from './harness.js'

const pods = '/api/v1/pods'
const slices = '/apis/discovery.k8s.io/v1/endpointslices'

const pod = (name: string, namespace = 'web', labels = {}) => ({
  metadata: { name, namespace, labels },
})

/** What was asked, in short: `list 0`, `watch 103`, `stream 0`, `page`. */
function short({ isWatch, parameters }: Asked): string {
  const version = parameters.get('resourceVersion') ?? ''
  const isExact = parameters.get('resourceVersionMatch') === 'NotOlderThan'
  if (isWatch) {
    return `${parameters.has('sendInitialEvents') ? 'stream' : 'watch'} ${version}`.trim()
  }
  if (parameters.get('limit') === '1') return 'check'
  if (parameters.has('limit')) return `page ${parameters.get('continue') ?? ''}`.trim()
  return `list ${isExact ? '>=' : ''}${version}`
}

const asked = (fake: FakeApiServer, from = 0): readonly string[] =>
  fake.asked.slice(from).map(short)

const isList = ({ isWatch }: Asked): boolean => !isWatch
const isWatch = (one: Asked): boolean => one.isWatch

/** A server without streaming lists, as all were before 1.32, with the pods a and b, and a feed of them. */
async function listed(
  prepare: (fake: FakeApiServer) => void = () => undefined,
): Promise<Harness & { readonly feed: Following<Pod> }> {
  const parts = await harness()
  parts.fake.streamingLists = 'refused'
  parts.fake.put(pods, pod('a'))
  parts.fake.put(pods, pod('b'))
  prepare(parts.fake)
  const feed = parts.follow({ kind: 'pod' })
  return { ...parts, feed }
}

/** The same, when it watches. */
async function watching(): Promise<Harness & { readonly feed: Following<Pod> }> {
  const parts = await listed()
  await parts.feed.synced()
  await until('a watch', () => parts.fake.watches.length === 1)
  parts.clock.advance(2000)
  return parts
}

/** Lets time pass until a condition holds. */
async function pass(what: string, { clock }: Harness, holds: () => boolean): Promise<void> {
  await until(what, () => {
    if (!holds()) clock.advance(100)
    return holds()
  })
}

describe('a feed', () => {
  it.each([
    { how: 'a watch that begins with all there is, in protobuf', lists: 'yes', json: false },
    { how: 'a watch that begins with all there is, in JSON', lists: 'yes', json: true },
    { how: 'a list and a watch, in protobuf', lists: 'refused', json: false },
    { how: 'a list and a watch, in JSON', lists: 'refused', json: true },
  ] as const)('knows what there is and what happens by $how', async ({ lists, json }) => {
    const { fake, follow, failures } = await harness()
    fake.streamingLists = lists
    fake.isJsonOnly = json
    fake.put(pods, pod('a'))
    fake.put(pods, pod('b'))
    const feed = follow({ kind: 'pod' })
    await feed.has('web/a', 'web/b')
    await feed.synced()
    await until('a watch', () => fake.watches.length === 1)
    fake.put(pods, pod('c'))
    fake.put(pods, pod('a', 'web', { x: 'y' }))
    fake.remove(pods, 'b', 'web')
    await until('changes', () => feed.changes().length === 3)
    expect(feed.changes()).toEqual(['+web/c', '~web/a', '-web/b'])
    expect(feed.names()).toEqual(['web/a', 'web/c'])
    expect(asked(fake)).toEqual(
      lists === 'yes' ? ['stream 0'] : ['stream 0', 'list 0', 'watch 102'],
    )
    expect(failures()).toBe(0)
    expect(feed.events.map(({ type }) => type).slice(0, 2)).toEqual(['synced', 'changes'])
  })

  it('tells what an object was before it changed', async () => {
    const { fake, feed } = await watching()
    fake.put(pods, pod('a', 'web', { x: 'y' }))
    await until('a change', () => feed.changes().length === 1)
    expect(feed.events.at(-1)).toMatchObject({
      type: 'changes',
      changes: [{ type: 'modified', before: { labels: [] }, object: { labels: ['x', 'y'] } }],
    })
  })

  it('passes the selectors on, and asks for one namespace where it is told to', async () => {
    const { fake, follow } = await harness()
    fake.put(pods, pod('a'))
    fake.put(pods, pod('b', 'other'))
    const query = { labelSelector: 'app in (a, b)', fieldSelector: 'spec.nodeName=x' }
    const feed = follow({ kind: 'pod', namespace: 'web', ...query })
    await feed.has('web/a')
    const { namespace, parameters } = fake.asked[0] ?? {}
    expect(namespace).toBe('web')
    expect(parameters?.get('labelSelector')).toBe('app in (a, b)')
    expect(parameters?.get('fieldSelector')).toBe('spec.nodeName=x')
  })

  it('lists where a watch does not say in time what there is, and remembers that', async () => {
    const { fake, follow, clock } = await harness()
    fake.streamingLists = 'ignored'
    fake.put(pods, pod('a'))
    const first = follow({ kind: 'pod' })
    await until('a watch', () => fake.watches.length === 1)
    await until('its clock', () => clock.pending === 1)
    await pass('a list', { clock } as Harness, () => first.isSynced())
    await until('a watch', () => asked(fake).at(-1) === 'watch 101')
    const before = fake.asked.length
    await follow({ kind: 'pod', namespace: 'web', labelSelector: 'x' }).synced()
    expect(asked(fake, before)[0]).toBe('list 0')
  })

  it('lists from then on where the server does not give a watch all there is any more', async () => {
    const parts = await harness()
    const { fake, follow } = parts
    fake.put(pods, pod('a'))
    const feed = follow({ kind: 'pod' })
    await feed.synced()
    // As after the rollback of an upgrade.
    fake.streamingLists = 'refused'
    fake.quietly(() => fake.put(pods, pod('b')))
    const before = fake.asked.length
    fake.expire(pods)
    await pass('what is new', parts, () => feed.names().length === 2)
    expect(asked(fake, before).slice(0, 2)).toEqual(['stream 101', 'list >=101'])
    expect(feed.trouble()).toBeUndefined()
  })

  it.each([
    ['endpointslice', slices, slices.replace('v1', 'v1beta1')],
    [
      'ingress',
      '/apis/networking.k8s.io/v1/ingresses',
      '/apis/networking.k8s.io/v1beta1/ingresses',
    ],
  ] as const)('of the kind %s takes v1beta1 where there is no v1', async (kind, v1, beta) => {
    const { fake, follow, failures } = await harness()
    fake.missing.add(v1)
    fake.put(beta, { metadata: { name: 'a', namespace: 'web' } })
    await follow({ kind }).has('web/a')
    expect(fake.asked.map(({ resource }) => resource)).toEqual([v1, beta])
    expect(failures()).toBe(0)
  })

  it('says what is wrong where there is neither', async () => {
    const { fake, follow } = await harness()
    fake.missing.add(slices).add(slices.replace('v1', 'v1beta1'))
    const feed = follow({ kind: 'endpointslice' })
    await until('trouble', () => feed.trouble() !== undefined)
    expect(feed.trouble()).toContain('404')
    expect(feed.isSynced()).toBe(false)
  })
})

describe('a watch that ends', () => {
  it('goes on where it was, without a list', async () => {
    const { fake, feed } = await watching()
    const before = fake.asked.length
    fake.put(pods, pod('c'))
    await feed.has('web/a', 'web/b', 'web/c')
    fake.quietly(() => fake.remove(pods, 'a', 'web'))
    fake.endWatches()
    await feed.has('web/b', 'web/c')
    expect(asked(fake, before)).toEqual(['check', 'watch 103'])
    expect(feed.changes()).toEqual(['+web/c', '-web/a'])
    expect(feed.trouble()).toBeUndefined()
  })

  it('is checked before it goes on where the server streams lists, too', async () => {
    const { fake, follow, clock } = await harness()
    fake.put(pods, pod('a'))
    const feed = follow({ kind: 'pod' })
    await feed.synced()
    await until('a watch', () => fake.watches.length === 1)
    clock.advance(2000)
    fake.endWatches()
    await until('another watch', () => asked(fake).length === 3)
    expect(asked(fake)).toEqual(['stream 0', 'check', 'watch 101'])
  })

  it('goes on at once where it has lasted as long as it should', async () => {
    const { fake, clock } = await watching()
    const before = fake.asked.length
    clock.advance(447_000)
    fake.endWatches()
    await until('another watch', () => asked(fake, before).length === 1)
    expect(asked(fake, before)).toEqual(['watch 102'])
  })

  it('goes on from the last bookmark', async () => {
    const { fake, feed } = await watching()
    fake.put(slices, { metadata: { name: 'x', namespace: 'web' } })
    fake.bookmark()
    fake.compact()
    fake.put(pods, pod('c'))
    await feed.has('web/a', 'web/b', 'web/c')
    const before = fake.asked.length
    fake.endWatches()
    await until('a watch', () => asked(fake, before).includes('watch 104'))
  })

  it.each<[string, (fake: FakeApiServer) => void]>([
    ['an event', () => undefined],
    ['a status', (fake) => fake.fail(isWatch, { kind: 'status', code: 410, reason: 'Expired' })],
  ])(
    'with %s that says that its version is too old lists again, and tells what changed',
    async (_, prepare) => {
      const parts = await watching()
      const { fake, feed, failures } = parts
      fake.quietly(() => {
        fake.put(pods, pod('c'))
        fake.put(pods, pod('b', 'web', { x: 'y' }))
        fake.remove(pods, 'a', 'web')
      })
      fake.compact()
      prepare(fake)
      const before = fake.asked.length
      fake.endWatches()
      await pass('the changes', parts, () => feed.changes().length === 3)
      expect(feed.changes().toSorted()).toEqual(['+web/c', '-web/a', '~web/b'])
      await until('a watch', () => fake.watches.length === 1)
      expect(asked(fake, before)).toEqual(['check', 'watch 102', 'list >=102', 'watch 105'])
      expect(failures()).toBe(0)
    },
  )

  it('reads from the database what the memory of the server is too old for', async () => {
    const parts = await watching()
    const { fake, feed } = parts
    fake.quietly(() => fake.remove(pods, 'a', 'web'))
    fake.fail((one) => short(one).startsWith('list >='), { kind: 'status', code: 410 })
    const before = fake.asked.length
    fake.expire(pods)
    await feed.has('web/b')
    expect(asked(fake, before).slice(0, 2)).toEqual(['list >=102', 'page'])
  })

  it('starts a list of pages over where one of them is too old', async () => {
    const parts = await harness()
    const { fake, follow } = parts
    fake.streamingLists = 'refused'
    const names = Array.from({ length: 1100 }, (_, i) => `p${String(i)}`)
    for (const name of names) fake.put(pods, pod(name))
    const feed = follow({ kind: 'pod' })
    await feed.synced()
    await until('a watch', () => fake.watches.length === 1)
    fake.quietly(() => fake.remove(pods, 'p7', 'web'))
    fake.fail((one) => short(one).startsWith('list >='), { kind: 'status', code: 410 })
    fake.fail((one) => short(one) === 'page 500', { kind: 'status', code: 410 })
    const before = fake.asked.length
    fake.expire(pods)
    await pass('the change', parts, () => feed.changes().length === 1)
    expect(asked(fake, before).slice(0, 6)).toEqual([
      'list >=1200',
      'page',
      'page 500',
      'page',
      'page 500',
      'page 1000',
    ])
    expect(feed.changes()).toEqual(['-web/p7'])
  })

  it('lists again when the server has come back with an older state', async () => {
    const parts = await watching()
    const { fake, feed } = parts
    const old = fake.put(pods, pod('old'))
    await feed.has('web/a', 'web/b', 'web/old')
    fake.quietly(() => fake.restore(50, { [pods]: [old] }))
    fake.cut()
    await pass('the changes', parts, () => feed.names().length === 1)
    expect(feed.changes()).toEqual(['+web/old', '-web/a', '-web/b'])
    fake.put(pods, pod('new'))
    await pass('what is new', parts, () => feed.names().length === 2)
  })

  it('is taken for dead when it is silent for longer than it should last', async () => {
    const { fake, feed, clock } = await watching()
    // 450 seconds were asked for.
    clock.advance(477_999)
    expect(feed.trouble()).toBeUndefined()
    clock.advance(1)
    await until('trouble', () => feed.trouble() !== undefined)
    expect(feed.trouble()).toContain('a watch of pods: nothing has come for 480s')
    const before = fake.asked.length
    clock.advanceToNext()
    await until('a watch', () => asked(fake, before).includes('watch 102'))
    await until('its end', () => feed.trouble() === undefined)
    expect(feed.changes()).toEqual([])
  })

  it('is taken for dead sooner where the server says now and then that it is there', async () => {
    const { fake, feed, clock } = await watching()
    fake.version += 1
    const before = feed.events.length
    fake.bookmark()
    fake.put(pods, pod('c'))
    await until('the change', () => feed.events.length > before)
    clock.advance(179_999)
    expect(feed.trouble()).toBeUndefined()
    clock.advance(1)
    await until('trouble', () => feed.trouble() !== undefined)
    expect(feed.trouble()).toContain('a watch of pods: nothing has come for 180s')
    clock.advanceToNext()
    await until('its end', () => feed.trouble() === undefined)
  })

  it('is not opened again at once when it ends as soon as it is opened', async () => {
    const { feed, clock, fake } = await listed((fake) => {
      fake.fail(isWatch, { kind: 'body', body: '' }, 50)
    })
    await until('trouble', () => feed.trouble() !== undefined)
    expect(asked(fake)).toEqual(['stream 0', 'list 0', 'watch 102'])
    expect(feed.trouble()).toContain('the watch ended as soon as it was opened')
    clock.advanceToNext()
    await until('more trouble', () => fake.asked.length > 3)
    expect(asked(fake, 3)).toEqual(['check'])
  })
})

const status = (code: number, reason = '', message = ''): KubernetesError =>
  new KubernetesError(message, code, reason)

describe('what a feed does after a failure', () => {
  const current = { kind: 'current', version: '7', mustCheck: false } as const
  const memory = { kind: 'outdated', version: '7', source: 'memory', wasLost: false } as const
  const database = { ...memory, source: 'database' } as const

  it.each<[string, Error, Position, Position | undefined]>([
    ['lists again', status(410), current, memory],
    ['lists again', status(500, 'Expired'), current, memory],
    [
      'is to check the version',
      new HttpError('connect', 'x'),
      current,
      { ...current, mustCheck: true },
    ],
    [
      'is to check the version',
      status(504, 'Timeout', 'Too large resource version: 9, current: 3'),
      current,
      { ...current, mustCheck: true },
    ],
    ['stays where it is', status(403), current, undefined],
    ['stays where it is', status(429), current, undefined],
    [
      'lists again, later than others',
      status(410),
      { ...current, mustCheck: true },
      { ...memory, wasLost: true },
    ],
    ['reads from the database', status(410), memory, database],
    ['reads from the database', status(400), memory, database],
    ['reads from the database', status(504, '', 'Too large resource version'), memory, database],
    ['stays where it is', status(503), memory, undefined],
    ['stays where it is', status(410), database, undefined],
    ['stays where it is', status(410), { kind: 'empty' }, undefined],
  ])('%s: %o at %o', (_, error, position, expected) => {
    expect(positionAfter(error, position)).toEqual(expected)
  })
})

describe('trouble', () => {
  it.each<{ what: string; fault: Fault; says: string; times?: number }>([
    {
      what: 'a refusal with words',
      fault: { kind: 'status', code: 403, reason: 'Forbidden', message: 'pods is forbidden' },
      says: 'pods: pods is forbidden',
    },
    { what: 'a refusal without', fault: { kind: 'status', code: 500 }, says: '500' },
    // Such a request is sent once more.
    { what: 'a connection that is cut', fault: { kind: 'cut' }, times: 2, says: 'HttpError' },
    {
      what: 'half a list',
      fault: { kind: 'truncated', share: 0.5 },
      says: 'the answer ends before the list does',
    },
    {
      what: 'half a list, cut',
      fault: { kind: 'truncated', share: 0.5, cut: true },
      says: 'HttpError',
    },
    {
      what: 'HTML',
      fault: { kind: 'body', body: '<html>', type: 'text/html' },
      says: 'not a JSON object',
    },
    {
      what: 'something else in protobuf',
      fault: { kind: 'body', body: Buffer.alloc(100, 7) },
      says: 'not an object of Kubernetes',
    },
    { what: 'nothing', fault: { kind: 'body', body: '' }, says: 'ends before' },
    {
      what: 'a list without end',
      fault: { kind: 'endless' },
      says: 'would take more than',
    },
  ])('because of $what at the first list is told, and ends by itself', async (each) => {
    const { feed, clock, failures } = await listed((fake) =>
      fake.fail(isList, each.fault, each.times),
    )
    await until('trouble', () => feed.trouble() !== undefined)
    expect(feed.trouble()).toContain(each.says)
    expect(feed.isSynced()).toBe(false)
    expect(failures()).toBe(1)
    clock.advanceToNext()
    await feed.has('web/a', 'web/b')
    await feed.synced()
    expect(feed.trouble()).toBeUndefined()
    expect(feed.changes()).toEqual([])
  })

  it.each<{ what: string; fault: Fault }>([
    { what: 'half a list', fault: { kind: 'truncated', share: 0.5 } },
    { what: 'a refusal', fault: { kind: 'status', code: 403 } },
    { what: 'a list without end', fault: { kind: 'endless' } },
  ])('because of $what at a later list leaves what is known', async ({ fault }) => {
    const parts = await watching()
    const { fake, feed } = parts
    fake.quietly(() => fake.remove(pods, 'a', 'web'))
    fake.fail(isList, fault)
    fake.expire(pods)
    await until('trouble', () => feed.trouble() !== undefined)
    expect(feed.names()).toEqual(['web/a', 'web/b'])
    expect(feed.changes()).toEqual([])
    await pass('the change', parts, () => feed.changes().length === 1)
    expect(feed.changes()).toEqual(['-web/a'])
    expect(feed.trouble()).toBeUndefined()
  })

  it.each<[string, string | Buffer]>([
    ['half an event', Buffer.from([0, 0, 1])],
    ['an event that is too long', Buffer.from([0x7f, 0, 0, 0, 1, 2, 3])],
    [
      'noise',
      Buffer.concat([Buffer.from([0, 0, 0, 4]), Buffer.from('\xff\xff\xff\xff', 'latin1')]),
    ],
  ])('because of %s in a watch leaves what is known, and it goes on', async (_, bytes) => {
    const parts = await watching()
    const { fake, feed } = parts
    fake.write(pods, bytes)
    fake.endWatches()
    await until('trouble', () => feed.trouble() !== undefined)
    expect(feed.names()).toEqual(['web/a', 'web/b'])
    fake.put(pods, pod('c'))
    await pass('the change', parts, () => feed.changes().length === 1)
    expect(feed.changes()).toEqual(['+web/c'])
    expect(feed.trouble()).toBeUndefined()
  })

  it('is shown to one who comes later', async () => {
    const { fake, follow } = await harness()
    fake.fail(() => true, { kind: 'status', code: 403, message: 'no' }, 9)
    const first = follow({ kind: 'pod' })
    await until('trouble', () => first.trouble() !== undefined)
    expect(follow({ kind: 'pod' }).trouble()).toBe(first.trouble())
  })

  it('of one namespace is that of its feed alone', async () => {
    const { fake, follow } = await harness()
    fake.put(pods, pod('a', 'open'))
    fake.fail(({ namespace }) => namespace === 'secret', { kind: 'status', code: 403 }, 9)
    const open = follow({ kind: 'pod', namespace: 'open' })
    const secret = follow({ kind: 'pod', namespace: 'secret' })
    await open.synced()
    await until('trouble', () => secret.trouble() !== undefined)
    expect(open.trouble()).toBeUndefined()
  })

  it('waits as long as a server asks that has too much to do', async () => {
    const { fake, feed, clock } = await listed((fake) => {
      fake.fail(isList, { kind: 'status', code: 429, retryAfterSeconds: 20 })
    })
    await until('trouble', () => feed.trouble() !== undefined)
    const before = fake.asked.length
    clock.advance(19_999)
    expect(fake.asked.length).toBe(before)
    clock.advance(1)
    await feed.synced()
  })

  it('makes it wait longer and longer, up to half a minute', async () => {
    const { feed, clock } = await listed((fake) => {
      fake.fail(() => true, { kind: 'status', code: 500 }, 99)
    })
    const waits: number[] = []
    for (let count = 1; count <= 8; count += 1) {
      await until('trouble', () => feed.events.length === count)
      const said = feed.events.at(-1)
      if (said?.type === 'trouble') waits.push((said.trouble?.nextTry ?? 0) - clock.now())
      clock.advanceToNext()
    }
    expect(waits).toEqual([600, 1200, 2400, 4800, 9600, 19_200, 22_500, 22_500])
  })

  it('ends where new credentials are accepted', async () => {
    const refused: boolean[] = []
    const { fake, follow, failures } = await harness({
      authorization(wasRefused) {
        refused.push(wasRefused)
        return Promise.resolve(`Bearer ${wasRefused ? 'new' : 'old'}`)
      },
    })
    fake.token = 'new'
    const feed = follow({ kind: 'pod' })
    await feed.synced()
    expect(refused).toEqual([false, true])
    expect(failures()).toBe(0)
  })
})

describe('feeds of one cluster', () => {
  it('are one where the query is the same, for as long as someone needs it', async () => {
    const { fake, follow, clock } = await harness()
    fake.put(pods, pod('a'))
    const [one, two] = [follow({ kind: 'pod' }), follow({ kind: 'pod' })]
    await one.synced()
    const three = follow({ kind: 'pod' })
    expect(three.isSynced()).toBe(true)
    expect(two.isSynced()).toBe(true)
    one.leave()
    two.leave()
    expect(fake.watches).toHaveLength(1)
    three.leave()
    await until('the end of the watch', () => fake.watches.length === 0)
    clock.advance(30_000)
    expect(one.names()).toEqual([])
    expect(clock.pending).toBe(0)
    expect(fake.asked).toHaveLength(1)
  })

  it('go on where they were for one who comes within half a minute', async () => {
    const { fake, follow, clock } = await harness()
    fake.put(pods, pod('a'))
    const one = follow({ kind: 'pod' })
    await one.synced()
    one.leave()
    await until('the end of the watch', () => fake.watches.length === 0)
    clock.advance(29_999)
    fake.put(pods, pod('b'))
    const two = follow({ kind: 'pod' })
    expect(two.isSynced()).toBe(true)
    expect(two.names()).toEqual(['web/a'])
    await two.has('web/a', 'web/b')
    expect(asked(fake)).toEqual(['stream 0', 'watch 101'])
  })

  it('lose nothing when one leaves and another comes in the middle of a list', async () => {
    const { fake, follow } = await harness()
    for (let i = 0; i < 3000; i += 1) fake.put(pods, pod(`p${String(i)}`))
    const one = follow({ kind: 'pod' })
    await until('some', () => one.names().length > 0)
    one.leave()
    const two = follow({ kind: 'pod' })
    await two.synced()
    expect(two.names()).toHaveLength(3000)
  })

  it('serve one namespace from the feed of all of them where that is well', async () => {
    const { fake, follow } = await harness()
    fake.put(pods, pod('a'))
    fake.put(pods, pod('b', 'other'))
    await follow({ kind: 'pod' }).synced()
    const one = follow({ kind: 'pod', namespace: 'web' })
    expect(one.isSynced()).toBe(true)
    expect(one.names()).toEqual(['web/a'])
    fake.put(pods, pod('c', 'other'))
    fake.put(pods, pod('d'))
    await one.has('web/a', 'web/d')
    expect(one.changes()).toEqual(['+web/d'])
    expect(fake.asked).toHaveLength(1)
    await follow({ kind: 'pod', namespace: 'web', labelSelector: 'x' }).synced()
    expect(fake.asked).toHaveLength(2)
  })

  it('ask once whether the server can tell in a watch what there is', async () => {
    const { fake, follow } = await harness()
    fake.streamingLists = 'refused'
    const kinds = ['pod', 'service', 'endpoints', 'node'] as const
    await Promise.all(kinds.map((kind) => follow({ kind }).synced()))
    expect(asked(fake).filter((one) => one === 'stream 0')).toHaveLength(1)
  })

  it('all ask where the first of them has no answer', async () => {
    const { fake, follow, clock } = await harness()
    fake.fail(({ resource }) => resource === pods, { kind: 'cut' }, 2)
    const [first, ...others] = (['pod', 'service', 'node'] as const).map((kind) => follow({ kind }))
    await Promise.all(others.map((feed) => feed.synced()))
    await until('trouble', () => first?.trouble() !== undefined)
    clock.advanceToNext()
    await first?.synced()
    expect(asked(fake)).toEqual(Array.from({ length: 5 }, () => 'stream 0'))
  })

  it('list again one after the other, not at once', async () => {
    const parts = await harness()
    const { fake, follow } = parts
    fake.streamingLists = 'refused'
    const feeds = (['pod', 'service', 'endpoints'] as const).map((kind) => follow({ kind }))
    await Promise.all(feeds.map((feed) => feed.synced()))
    await until('watches', () => fake.watches.length === 3)
    fake.put(pods, pod('a'))
    fake.compact()
    const before = fake.asked.length
    fake.fail((one) => short(one).startsWith('list >='), { kind: 'silence' })
    fake.endWatches()
    await pass('a list', parts, () => asked(fake, before).some((one) => one.startsWith('list')))
    parts.clock.advance(30_000)
    await until(
      'the watches',
      () => asked(fake, before).filter((one) => one.startsWith('watch')).length === 3,
    )
    expect(asked(fake, before).filter((one) => one.startsWith('list'))).toHaveLength(1)
    await pass('the lists', parts, () => fake.watches.length === 3)
    expect(asked(fake, before).filter((one) => one.startsWith('list')).length).toBeGreaterThan(2)
  })
})
