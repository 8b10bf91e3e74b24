import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import type { Labels } from '../../../src/labels/index.js'
import { azureMetrics } from '../../../src/mechanisms/azure/metrics.js'
import { searchWith } from '../../../src/mechanisms/azure/search.js'
import { section } from '../../../src/mechanisms/azure/section.js'
import { createApi } from '../../../src/mechanisms/kit/api.js'
import { Turns } from '../../../src/waiting/turns.js'
import { decodeText } from '../../../src/yaml/index.js'
import { until } from '../../helpers/until.js'
import { clientOf, serve } from '../../http/harness.js'
import {
  type FakeAnswer,
  FakeAzure,
  type FakeMachine,
  type FakeSubscription,
  refused,
} from './fake-azure.js'
import { FakeClock } from '../../../src/testing/discovery/index.js'

/** What a poll came to. */
interface Poll {
  /** The addresses of all targets, by the source. */
  readonly groups: Readonly<Record<string, readonly string[]>>
  readonly trouble?: string
  readonly targets: readonly Labels[]
}

/** Polls of a section, on an Azure that the test has made. */
async function pollsOf(azure: FakeAzure, more = '') {
  const server = await serve(({ url, headers }, response) => {
    const answer = azure.answer(`${server.url.slice(0, -1)}${url}`, headers.authorization)
    response.writeHead(answer.status, answer.headers).end(answer.body)
  })
  const registry = new Registry()
  const scheduler = new FakeClock()
  const { value } = decodeText(
    section,
    '/nowhere/p.yml',
    `subscription_id: s-1\ntenant_id: t-1\nclient_id: c-1\nclient_secret: geheim\n${more}`,
  )
  const search = searchWith({ env: {}, userAgent: 'muster/test' }, azureMetrics(registry))
  if (!('groups' in search)) throw new Error('it has no groups')
  const find = search.groups(value, { random: () => 0.5, scheduler })
  if (typeof find !== 'function') throw new Error('it watches')
  const client = clientOf('')
  const poll = async (): Promise<Poll> => {
    azure.asked.splice(0)
    const api = createApi({
      // The login has a host of its own.
      client: {
        ...client,
        request: (request) => {
          const { pathname, search: query } = new URL(request.url)
          return client.request({
            ...request,
            url: `${server.url.slice(0, -1)}${pathname}${query}`,
          })
        },
      },
      baseUrl: server.url,
      timeoutMs: 60_000,
      signal: new AbortController().signal,
      turns: new Turns(),
      now: () => scheduler.now(),
    })
    const answer = await find(api)
    const { groups = [], trouble } =
      'groups' in answer || 'trouble' in answer ? answer : { groups: answer as never }
    const error = trouble?.error
    return {
      groups: Object.fromEntries(
        groups.map(({ source, targets }) => [
          source,
          targets.map((one) => one['__address__'] ?? ''),
        ]),
      ),
      targets: groups.flatMap(({ targets }) => targets),
      ...(error instanceof Error && { trouble: error.message }),
    }
  }
  const counted = async (name: string): Promise<number> => {
    const found = await registry.getSingleMetric(`prometheus_sd_azure_${name}_total`)?.get()
    return found?.values[0]?.value ?? 0
  }
  return { poll, counted, scheduler }
}

function machine(name: string, ip: string, more: Partial<FakeMachine> = {}): FakeMachine {
  return { name, group: 'ops', nics: [{ primary: true, ip }], ...more }
}

const pool = (machines: readonly FakeMachine[] = [machine('0', '127.0.1.0')]) => {
  return { name: 'pool', group: 'Ops', machines }
}
const idOf = (scaleSet: string): string =>
  `azure/subscriptions/s-1/resourcegroups/ops/providers/microsoft.compute/virtualmachinescalesets/${scaleSet}`
const group = (name: string): string => `/subscriptions/s-1/resourceGroups/${name}/providers`
const forbidden = refused(403, 'AuthorizationFailed', 'The client may not.')

describe('a thousand machines with a NIC each', () => {
  it.each([
    { pageSize: 250, ips: 'private', requests: 9 },
    { pageSize: 500, ips: 'private and public', requests: 7 },
    { pageSize: 1000, ips: 'private and public', requests: 4 },
  ])(
    'are $requests requests a poll where a page has $pageSize, with $ips addresses',
    async ({ pageSize, ips, requests }) => {
      const machines = Array.from({ length: 1000 }, (_, i) => {
        const ip = `127.1.${String(i >> 8)}.${String(i & 255)}`
        const publicIp = ips === 'private' ? {} : { publicIp: `127.2.${String(i)}` }
        return machine(`m-${String(i)}`, ip, { nics: [{ primary: true, ip, ...publicIp }] })
      })
      const azure = new FakeAzure({ machines }, pageSize)
      const { poll } = await pollsOf(azure)
      const first = await poll()
      expect(first.targets).toHaveLength(1000)
      const hasPublic = first.targets.filter((one) => '__meta_azure_machine_public_ip' in one)
      expect(hasPublic).toHaveLength(ips === 'private' ? 0 : 1000)
      // The first poll has asked for a token.
      expect(azure.asked).toHaveLength(requests + 1)
      expect(await poll()).toEqual(first)
      expect(azure.asked).toHaveLength(requests)
    },
  )
})

describe('the requests of a poll', () => {
  it('are for a resource group alone, and for those that the NICs of its machines are in', async () => {
    const azure = new FakeAzure({
      machines: [
        machine('a', '127.0.0.1', {
          nics: [{ primary: true, ip: '127.0.0.1', publicIp: '127.2.0.1' }],
        }),
      ],
      scaleSets: [pool()],
    })
    const { poll } = await pollsOf(azure, 'resource_group: OPS')
    await poll()
    expect(azure.asked.slice(1)).toEqual([
      `${group('OPS')}/Microsoft.Compute/virtualMachines?api-version=2024-03-01`,
      `${group('OPS')}/Microsoft.Compute/virtualMachineScaleSets?api-version=2024-03-01`,
      `${group('ops')}/Microsoft.Network/networkInterfaces?api-version=2023-11-01`,
      `${group('ops')}/Microsoft.Network/publicIPAddresses?api-version=2023-11-01`,
      `${group('Ops')}/Microsoft.Compute/virtualMachineScaleSets/pool/virtualMachines?api-version=2024-03-01`,
      `${group('Ops')}/Microsoft.Compute/virtualMachineScaleSets/pool/networkInterfaces?api-version=2018-10-01`,
    ])
  })

  it.each([
    ['https://evil.test/', /the list of pages leads to another host$/],
    ['http://management.azure.com:1/', /the list of pages leads to another host$/],
    // A path of the same host.
    ['//evil.test/', /127\.0\.0\.1:\d+\/\/evil\.test\/.* 404 Not Found/],
  ])('never go to %s, whatever a page names as the next one', async (elsewhere, says) => {
    const azure = new FakeAzure({ machines: [] })
    const body = JSON.stringify({ nextLink: `${elsewhere}?api-version=1` })
    azure.instead.set('Compute/virtualMachines', { status: 200, body })
    const { poll } = await pollsOf(azure)
    await expect(poll()).rejects.toThrow(says)
    expect(azure.asked.length).toBeLessThan(4)
  })

  it('are two where there is no machine', async () => {
    const azure = new FakeAzure({ machines: [] })
    const { poll } = await pollsOf(azure)
    expect((await poll()).groups).toEqual({ azure: [] })
    expect(azure.asked).toHaveLength(3)
  })

  it('leave out scale sets of flexible orchestration, whose machines are among the others', async () => {
    const azure = new FakeAzure({
      machines: [machine('flex_1', '127.0.0.1')],
      scaleSets: [{ ...pool(), isFlexible: true }],
    })
    const { poll } = await pollsOf(azure)
    expect(await poll()).toMatchObject({ groups: { azure: ['127.0.0.1:80'] } })
  })
})

describe('a machine', () => {
  it.each<readonly [title: string, nics: FakeMachine['nics'], found: readonly string[]]>([
    ['has no NIC', [], []],
    ['is not allocated', [{ ip: '127.0.0.2' }], []],
    ['has no primary NIC', [{ primary: false, ip: '127.0.0.2' }], []],
    ['has a NIC that is gone', [{ isGone: true }, { primary: true, ip: '127.0.0.2' }], []],
    [
      'has a NIC that is gone after the primary one',
      [{ primary: true, ip: '127.0.0.2' }, { isGone: true }],
      ['127.0.0.2:80'],
    ],
    [
      'has its primary NIC at the end',
      [
        { primary: false, ip: '127.0.0.3' },
        { primary: true, ip: '127.0.0.2' },
      ],
      ['127.0.0.2:80'],
    ],
  ])('that %s is a target only with an address', async (_, nics, found) => {
    const machines = [machine('a', '127.0.0.1'), machine('b', '', { nics })]
    const { poll } = await pollsOf(new FakeAzure({ machines }))
    expect(await poll()).toMatchObject({ groups: { azure: ['127.0.0.1:80', ...found] } })
  })

  it('without a private address ends the poll, as in Prometheus', async () => {
    const machines = [machine('b', '', { nics: [{ primary: true }] })]
    const { poll, counted } = await pollsOf(new FakeAzure({ machines }))
    await expect(poll()).rejects.toThrow(
      'unable to complete Azure service discovery: unable to find a private IP for VM b',
    )
    expect(await counted('failures')).toBe(1)
  })
})

describe('a scale set that cannot be read', () => {
  const two = {
    machines: [machine('a', '127.0.0.1')],
    scaleSets: [pool(), { ...pool([machine('0', '127.0.2.0')]), name: 'other' }],
  }

  it.each<readonly [title: string, part: string, answer: FakeAnswer, says: string]>([
    [
      'may not be read',
      'pool/virtualMachines',
      forbidden,
      'server returned HTTP status 403 Forbidden: AuthorizationFailed: The client may not.',
    ],
    [
      'is gone by now',
      'pool/virtualMachines',
      refused(404, 'ResourceNotFound', 'It was not found.'),
      'server returned HTTP status 404 Not Found: ResourceNotFound: It was not found.',
    ],
    [
      'fails',
      'pool/networkInterfaces',
      { status: 500, body: 'geheim' },
      'server returned HTTP status 500 Internal Server Error',
    ],
    [
      'has NICs of another shape',
      'pool/networkInterfaces',
      { status: 200, body: '{"value":[{"id":{}}]}' },
      'value[0].id: expected a string, got an object',
    ],
  ])('because it %s keeps its targets, and is named', async (_, part, answer, says) => {
    const azure = new FakeAzure(two)
    const { poll, counted } = await pollsOf(azure)
    const others = { azure: ['127.0.0.1:80'], [idOf('other')]: ['127.0.2.0:80'] }
    expect(await poll()).toMatchObject({ groups: { ...others, [idOf('pool')]: ['127.0.1.0:80'] } })
    azure.instead.set(part, answer)
    const { groups, trouble = '' } = await poll()
    expect(groups).toEqual(others)
    expect(trouble).toMatch(/^could not get virtual machine scale set vms: pool: /)
    expect(trouble.endsWith(says)).toBe(true)
    expect(await counted('failures')).toBe(1)
    azure.instead.clear()
    expect(await poll()).not.toHaveProperty('trouble')
  })

  it('keeps nothing of a scale set that is not listed any more', async () => {
    const azure = new FakeAzure(two)
    const { poll } = await pollsOf(azure)
    await poll()
    azure.subscription = { ...two, scaleSets: [pool()] }
    azure.instead.set('pool/virtualMachines', forbidden)
    expect((await poll()).groups).toEqual({ azure: ['127.0.0.1:80'], [idOf('other')]: [] })
  })

  it.each([429, 502, 503, 504])('ends the poll where the answer is %d', async (status) => {
    const azure = new FakeAzure(two)
    const { poll } = await pollsOf(azure)
    azure.instead.set('pool/virtualMachines', { status, body: '', headers: { 'retry-after': '9' } })
    await expect(poll()).rejects.toMatchObject({ name: 'HttpError', status })
  })
})

describe('NICs', () => {
  const has: FakeSubscription = {
    machines: ['1', '2', '3'].map((i) => {
      const ip = `127.0.0.${i}`
      return machine(`m-${i}`, ip, { nics: [{ primary: true, ip, publicIp: `127.2.0.${i}` }] })
    }),
    scaleSets: [
      pool([
        machine('0', '', { nics: [{ primary: true, ip: '127.0.1.0', publicIp: '127.2.1.0' }] }),
      ]),
    ],
  }

  it.each([
    { title: 'the NICs', parts: ['networkInterfaces'] },
    { title: 'the public addresses', parts: ['publicIPAddresses'] },
    { title: 'either', parts: ['networkInterfaces', 'publicIPAddresses'] },
  ])('are asked for one by one, and kept, where $title may not be listed', async ({ parts }) => {
    const good = await (await pollsOf(new FakeAzure(has))).poll()
    const azure = new FakeAzure(has)
    const isList = new RegExp(`/(?:${parts.join('|')})$`)
    const answer = azure.answer.bind(azure)
    azure.answer = (url, authorization) => {
      const found = answer(url, authorization)
      return isList.test(new URL(url).pathname) ? forbidden : found
    }
    const { poll, counted, scheduler } = await pollsOf(azure)
    const oneByOne = (): number => azure.asked.filter((path) => path.includes('$expand')).length
    expect(await poll()).toEqual(good)
    expect(oneByOne()).toBe(4)
    expect(await counted('cache_hit')).toBe(0)
    // Half of the three intervals that are random.
    scheduler.advance(11.5 * 300_000 - 1)
    expect(await poll()).toEqual(good)
    expect(oneByOne()).toBe(0)
    expect(await counted('cache_hit')).toBe(4)
    scheduler.advance(1)
    expect(await poll()).toEqual(good)
    expect(oneByOne()).toBe(4)
  })

  it('that cannot be had one by one either end the poll, with the name of one', async () => {
    const azure = new FakeAzure(has)
    azure.instead.set('networkInterfaces', forbidden)
    const { poll } = await pollsOf(azure)
    await expect(poll()).rejects.toThrow(
      /^unable to complete Azure service discovery: failed to retrieve Interface \/subscriptions\/s-1\/resourceGroups\/ops\/providers\/Microsoft.Network\/networkInterfaces\/m-1-0 with error: .* 403 Forbidden: AuthorizationFailed: The client may not\.$/,
    )
  })

  it.each(['networkInterfaces', 'publicIPAddresses'])(
    'end the poll where the list %s fails on its second page',
    async (list) => {
      const azure = new FakeAzure(has, 2)
      const { poll } = await pollsOf(azure)
      const good = azure.answer.bind(azure)
      azure.answer = (url, authorization) =>
        url.includes(list) && url.includes('skiptoken')
          ? { status: 500, body: '<html>' }
          : good(url, authorization)
      await expect(poll()).rejects.toThrow(
        /^unable to complete Azure service discovery: .*skiptoken=2: server returned HTTP status 500/,
      )
    },
  )
})

const busy = (headers: FakeAnswer['headers'] = {}): FakeAnswer => ({
  ...refused(429, 'OperationNotAllowed', 'The server rejected the request.'),
  headers,
})

/** Polls while each of these answers is given once to the list of machines. @returns the waits in between */
async function waitsFor(answers: FakeAnswer[]): Promise<{ waits: number[]; failed: unknown }> {
  const azure = new FakeAzure({ machines: [machine('a', '127.0.0.1')] })
  const good = azure.answer.bind(azure)
  azure.answer = (url, authorization) => {
    const found = good(url, authorization)
    return (/virtualMachines\?/.test(url) ? answers.shift() : undefined) ?? found
  }
  const { poll, scheduler } = await pollsOf(azure)
  const waits: number[] = []
  let over: { readonly failed: unknown } | undefined
  poll().then(
    () => (over = { failed: undefined }),
    (error: unknown) => (over = { failed: error }),
  )
  await until('the end', () => {
    if (scheduler.pending > 0) {
      const before = scheduler.now()
      scheduler.advanceToNext()
      waits.push(scheduler.now() - before)
    }
    return over !== undefined
  })
  return { waits, failed: over?.failed }
}

describe('a request that Azure throttles', () => {
  it.each([
    { title: 'seconds', answers: [busy({ 'retry-after': '7' })], waits: [7000] },
    { title: 'milliseconds', answers: [busy({ 'x-ms-retry-after-ms': '2500' })], waits: [2500] },
    { title: 'nothing', answers: [busy(), busy()], waits: [750, 1500] },
  ])('waits for as long as it says ($title) and goes on', async ({ answers, waits }) => {
    expect(await waitsFor(answers)).toEqual({ waits, failed: undefined })
  })

  it.each([
    {
      title: 'for longer than a poll may wait',
      answers: [busy({ 'retry-after': '180' })],
      waits: [],
      retryAfterMs: 180_000,
    },
    {
      title: 'again and again',
      answers: Array.from({ length: 4 }, () => busy({ 'retry-after': '1' })),
      waits: [1000, 1500, 3000],
      retryAfterMs: 1000,
    },
  ])('ends the poll where that is $title', async ({ answers, waits, retryAfterMs }) => {
    expect(await waitsFor(answers)).toEqual({
      waits,
      failed: expect.objectContaining({
        code: 'ERR_HTTP',
        status: 429,
        retryAfterMs,
        message: expect.stringMatching(
          /^could not get virtual machines: .* 429 Too Many Requests: OperationNotAllowed: The server rejected the request\.$/,
        ) as string,
      }) as unknown,
    })
  })
})

describe('a token that Azure refuses', () => {
  it('is asked for again, once', async () => {
    const azure = new FakeAzure({ machines: [machine('a', '127.0.0.1')] })
    const { poll } = await pollsOf(azure)
    await poll()
    const good = azure.answer.bind(azure)
    let refusals = 1
    azure.answer = (url, authorization) => {
      const found = good(url, authorization)
      if (!url.includes('virtualMachines?') || refusals === 0) return found
      refusals -= 1
      return refused(401, 'ExpiredAuthenticationToken', 'geheim-token has expired.')
    }
    expect((await poll()).groups).toEqual({ azure: ['127.0.0.1:80'] })
    expect(azure.asked.filter((path) => path.endsWith('/token'))).toHaveLength(1)
    refusals = 2
    await expect(poll()).rejects.toThrow(
      '401 Unauthorized: ExpiredAuthenticationToken: <secret> has expired.',
    )
  })
})
