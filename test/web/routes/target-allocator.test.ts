import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import type { ListPart } from '../../../src/scrape/lists/list-part.js'
import type { PoolView, WebSources } from '../../../src/web/index.js'
import { NEVER, Subject } from 'rxjs'
import type {
  AllocationSource,
  MemberStatus,
  Share,
  ShareChange,
} from '../../../src/allocation/source.js'
import { type LogFields, type Logger, silentLogger } from '../../../src/telemetry/index.js'
import { discovery, pool, provider, type Served, serve, sources } from '../helpers.js'

let served: Served | undefined
afterEach(async () => {
  await served?.stop()
  served = undefined
})

/** A logger that keeps the fields of warnings. */
function capturingLogger(): { readonly logger: Logger; readonly lines: readonly LogFields[] } {
  const lines: LogFields[] = []
  const logger = {
    ...silentLogger,
    warn: (_message: string, fields: LogFields = {}) => void lines.push(fields),
  }
  return { logger, lines }
}

/** A part of a pool in these tests is its text. */
function part(text: string): ListPart {
  return Object.assign({ ranges: [] }, { toString: () => text })
}

interface Fetched {
  readonly job: string
  readonly member: string
  readonly refreshMs: number | undefined
}

/** What the routes ask of an allocation. */
type AskedForShares = Pick<
  AllocationSource,
  'changes' | 'fetched' | 'fingerprint' | 'has' | 'isSettled' | 'members' | 'share' | 'state'
>

/** Members with what each gets of every job. */
class Shares implements AskedForShares {
  state: AllocationSource['state'] = 'ready'
  fingerprint = 'f1'
  settled = true
  readonly fetches: Fetched[] = []
  readonly #shares: Map<string, readonly string[]>

  constructor(shares: Readonly<Record<string, readonly string[]>>) {
    this.#shares = new Map(Object.entries(shares))
  }

  /** A member gets others from now on. */
  give(job: string, member: string, texts: readonly string[]): void {
    this.#shares.set(member, texts)
    this.changes.next({ job, members: new Set([member]) })
  }

  members(): readonly MemberStatus[] {
    return [...this.#shares.keys()].map((id) => ({ id }) as MemberStatus)
  }

  has(member: string): boolean {
    return this.#shares.has(member)
  }

  share(job: string, member: string): Share | undefined {
    const texts = this.#shares.get(member)
    return (
      texts && { version: `${job} ${texts.join()}`, count: texts.length, parts: texts.map(part) }
    )
  }

  readonly changes = new Subject<ShareChange>()

  isSettled(): boolean {
    return this.settled
  }

  fetched(job: string, member: string, refreshMs: number | undefined): void {
    this.fetches.push({ job, member, refreshMs })
  }
}

const scrapeConfigs = {
  hidden: '{"a":{"job_name":"a","basic_auth":{"password":"<secret>"}}}',
  revealed: '{"a":{"job_name":"a","basic_auth":{"password":"hunter2"}}}',
  secretJobs: ['a'],
}

function given(
  pools: readonly PoolView[],
  shares: AskedForShares,
  more: Partial<WebSources> = {},
): WebSources {
  const plain = sources(pools)
  const config = { ...plain.config, scrapeConfigs: () => Promise.resolve(scrapeConfigs) }
  return { ...plain, config, allocation: shares as AllocationSource, ...more }
}

const two = (): Shares => new Shares({ c0: ['{"n":1}', '{"n":2}'], c1: ['{"n":3}'] })

describe("the Target Allocator's routes", () => {
  it.each(['/scrape_configs', '/jobs', '/jobs/a/targets', '/livez', '/readyz'])(
    'are not there without an allocation: %s',
    async (path) => {
      served = await serve(sources([pool('a')]))
      expect((await served.request(path)).status).toBe(404)
    },
  )

  it('name the jobs that have targets, each with the way to them', async () => {
    const names = ['plain', 'a/b c', 'a+b', '100%', 'ü', '__proto__']
    const pools = [...names.map((name) => pool(name, { active: ['1'] })), pool('empty')]
    served = await serve(given(pools, two()))
    const answer = await served.request('/jobs')
    expect(answer.headers['content-type']).toBe('application/json')
    expect(answer.text).toBe(
      '{"plain":{"_link":"/jobs/plain/targets"},"a/b c":{"_link":"/jobs/a%2Fb+c/targets"},' +
        '"a+b":{"_link":"/jobs/a%2Bb/targets"},"100%":{"_link":"/jobs/100%25/targets"},' +
        '"ü":{"_link":"/jobs/%C3%BC/targets"},"__proto__":{"_link":"/jobs/__proto__/targets"}}',
    )
  })

  it('are below the route prefix, and so are their links', async () => {
    served = await serve(given([pool('a', { active: ['1'] })], two()), { routePrefix: '/p' })
    const { text } = await served.request('/p/jobs')
    expect(text).toBe('{"a":{"_link":"/p/jobs/a/targets"}}')
    expect((await served.request('/p/jobs/a/targets?collector_id=c1')).text).toBe('[{"n":3}]')
  })

  it.each([
    ['a slash', 'a/b', 'a%2Fb'],
    ['a slash as it stands', 'a/b', 'a/b'],
    ['a space as a plus', 'a b', 'a+b'],
    ['a space', 'a b', 'a%20b'],
    ['a plus', 'a+b', 'a%2Bb'],
    ['a percent sign', '100%', '100%25'],
    ['what looks like an escape', '%2F', '%252F'],
    ['letters of other scripts', 'ü', '%C3%BC'],
    ['the word targets', 'targets', 'targets'],
  ])('find a job with %s in its name', async (_title, name, escaped) => {
    served = await serve(given([pool(name)], two()))
    const answer = await served.request(`/jobs/${escaped}/targets?collector_id=c1`)
    expect([answer.status, answer.text]).toEqual([200, '[{"n":3}]'])
    expect(answer.headers['content-type']).toBe('application/json')
  })

  it.each([
    ['an unknown job', '/jobs/b/targets?collector_id=c0', 404, 'no job is called "b"\n'],
    ['a broken escape', '/jobs/%ff/targets', 400, 'the job name is not query-escaped UTF-8\n'],
    ['another path', '/jobs/a/other', 404, '404 page not found\n'],
    ['a job alone', '/jobs/a', 404, '404 page not found\n'],
    ['no job', '/jobs/targets', 404, '404 page not found\n'],
  ])('refuse %s', async (_title, path, status, text) => {
    served = await serve(given([pool('a')], two()))
    const answer = await served.request(path)
    expect([answer.status, answer.text]).toEqual([status, text])
  })

  it.each([
    ['its id', 'c0', 'collector_id=c0'],
    ['an escaped one', 'a b', 'collector_id=a%20b'],
    ['a space as a plus', 'a b', 'collector_id=a+b'],
    ['a plus as it stands', 'a+b', 'collector_id=a+b'],
    ['an ampersand as it stands', 'a&b=c', 'collector_id=a&b=c'],
    ['a percent sign as it stands', '100%', 'collector_id=100%'],
    ['what looks like an escape', '%41', 'collector_id=%41'],
    ['a parameter before it', 'c0', 'x=1&collector_id=c0'],
    ['a parameter after it', 'c0', 'collector_id=c0&x=1'],
    ['the first of two', 'c0', 'collector_id=c0&collector_id=other'],
    ['a name of JavaScript', '__proto__', 'collector_id=__proto__'],
  ])('find a member by %s', async (_title, id, query) => {
    const shares = new Shares(Object.fromEntries([[id, ['1']]]))
    served = await serve(given([pool('a')], shares))
    const answer = await served.request(`/jobs/a/targets?${query}`)
    expect([answer.status, answer.text]).toEqual([200, '[1]'])
    expect(answer.headers['x-muster-allocation']).toBe('f1')
    expect(answer.headers['x-muster-member']).toBeUndefined()
  })

  it('give what every member gets where no id is asked for', async () => {
    served = await serve(given([pool('a/b')], new Shares({ 'c 0': ['1', '2'], c1: [] })))
    const answer = await served.request('/jobs/a%2Fb/targets')
    expect(answer.text).toBe(
      '{"c 0":{"_link":"/jobs/a%2Fb/targets?collector_id=c+0","targets":[1,2]},' +
        '"c1":{"_link":"/jobs/a%2Fb/targets?collector_id=c1","targets":[]}}',
    )
  })

  it.each([
    { strict: false, status: 200, text: '[]' },
    { strict: true, status: 404, text: 'no member is called "who"\n' },
  ])('answer an unknown member with $status', async ({ strict, status, text }) => {
    const shares = two()
    const { logger, lines } = capturingLogger()
    served = await serve(given([pool('a')], shares), { allocator: { strict }, logger })
    for (let i = 0; i < 2; i += 1) {
      const answer = await served.request('/jobs/a/targets?collector_id=who')
      expect([answer.status, answer.text]).toEqual([status, text])
      expect(answer.headers['x-muster-member']).toBe('unknown')
    }
    expect(shares.fetches).toEqual([])
    expect(lines.filter((line) => line['member'] === 'who')).toHaveLength(1)
    const metrics = await served.registry.getSingleMetricAsString(
      'muster_allocation_unknown_member_requests_total',
    )
    expect(metrics).toContain('muster_allocation_unknown_member_requests_total 2')
  })

  it.each([
    ['the members are not known yet', 'waiting'],
    ['there is no member to give targets to', 'empty'],
  ] as const)('answer 503 while %s', async (reason, state) => {
    const shares = two()
    shares.state = state
    served = await serve(given([pool('a')], shares))
    for (const path of ['/jobs/a/targets?collector_id=c0', '/jobs/a/targets']) {
      const answer = await served.request(path)
      expect([answer.status, answer.text]).toEqual([503, `${reason}\n`])
      expect(answer.headers['retry-after']).toBe('5')
    }
    expect(shares.fetches).toEqual([])
  })

  it('answer 503 until all providers of the job have answered, and the shares show it', async () => {
    let lastSuccess: number | undefined
    const managers = discovery()
    const scrape = {
      ...managers.scrape,
      providers: () => [provider({ name: 'consul/1', sets: ['a'], lastSuccess })],
    }
    const shares = two()
    shares.settled = false
    served = await serve(given([pool('a')], shares, { discovery: { ...managers, scrape } }))
    const ask = () => served?.request('/jobs/a/targets?collector_id=c1')
    expect((await ask())?.text).toBe('no answer yet from consul/1\n')
    lastSuccess = 0
    expect((await ask())?.text).toBe('the first targets are being relabeled\n')
    shares.settled = true
    expect((await ask())?.text).toBe('[{"n":3}]')
    shares.settled = false
    expect((await ask())?.text).toBe('[{"n":3}]')
  })

  it('say what a member was sent, and how often it asks', async () => {
    const shares = two()
    served = await serve(given([pool('a')], shares))
    const path = '/jobs/a/targets?collector_id=c0'
    const first = await served.request(path, {
      headers: { 'X-Prometheus-Refresh-Interval-Seconds': '30.000000' },
    })
    const etag = String(first.headers.etag)
    const second = await served.request(path, { headers: { 'If-None-Match': etag } })
    expect([second.status, second.text]).toEqual([304, ''])
    await served.request(path, { headers: { 'X-Prometheus-Refresh-Interval-Seconds': '-1' } })
    await served.request(path, { method: 'HEAD' })
    await served.request('/jobs/a/targets')
    expect(shares.fetches).toEqual(
      [30_000, undefined, undefined].map((refreshMs) => ({ job: 'a', member: 'c0', refreshMs })),
    )
  })

  it('hold a request that wants to wait until the share of the member changes', async () => {
    const shares = two()
    const plain = given([pool('a')], shares)
    served = await serve({ ...plain, pools: { ...plain.pools, changes: NEVER } })
    const path = '/jobs/a/targets?collector_id=c0'
    const first = await served.request(path)
    expect(first.headers['accept-prefer']).toBe('wait')
    const held = served.request(path, {
      headers: { 'If-None-Match': String(first.headers.etag), Prefer: 'wait=300' },
    })
    const waiting = async (): Promise<number | undefined> => {
      const metric = await served?.registry.getSingleMetric('muster_web_held_requests')?.get()
      return metric?.values[0]?.value
    }
    await expect.poll(waiting).toBe(1)
    shares.give('a', 'c1', ['4'])
    shares.give('a', 'c0', ['5'])
    expect((await held).text).toBe('[5]')
    await expect.poll(() => shares.fetches.length).toBe(2)
  })

  it('compress, and have another tag for another member', async () => {
    served = await serve(given([pool('a')], two()))
    const tags = new Set<unknown>()
    for (const id of ['c0', 'c1']) {
      const answer = await served.request(`/jobs/a/targets?collector_id=${id}`, {
        headers: { 'Accept-Encoding': 'gzip' },
      })
      expect(answer.headers['content-encoding']).toBe('gzip')
      expect(JSON.parse(gunzipSync(answer.raw).toString())).toHaveLength(id === 'c0' ? 2 : 1)
      tags.add(answer.headers.etag)
    }
    expect(tags.size).toBe(2)
  })

  it.each([
    ['starting', '/scrape_configs', 503, 'starting\n'],
    ['starting', '/readyz', 503, 'starting\n'],
    ['starting', '/jobs', 503, 'starting\n'],
    ['starting', '/jobs/a/targets', 503, 'starting\n'],
    ['stopping', '/scrape_configs', 503, 'stopping\n'],
    ['stopping', '/jobs/a/targets?collector_id=c0', 503, 'stopping\n'],
    ['starting', '/livez', 200, ''],
    ['ready', '/livez', 200, ''],
    ['ready', '/readyz', 200, ''],
  ] as const)('while muster is %s: %s gives %i', async (readiness, path, status, text) => {
    served = await serve(given([pool('a')], two(), { readiness: () => readiness }))
    const answer = await served.request(path)
    expect([answer.status, answer.text]).toEqual([status, text])
  })

  it.each([
    ['/scrape_configs', 'config'],
    ['/jobs', 'targets'],
  ])('send a browser from %s to the page %s', async (path, page) => {
    served = await serve(given([pool('a')], two()), { routePrefix: '/p' })
    const answer = await served.request(`/p${path}`, {
      headers: { Accept: 'text/html,application/xhtml+xml;q=0.9' },
    })
    expect([answer.status, answer.headers.location]).toEqual([302, page])
    expect(answer.headers.vary).toContain('Accept')
  })

  describe('at /scrape_configs', () => {
    const { hidden, revealed } = scrapeConfigs
    it.each([
      ['hide secrets', {}, hidden],
      ['hide them from an unverified client', { isVerified: () => false }, hidden],
      ['show them to a verified client', { isVerified: () => true }, revealed],
      ['show them where the flag says so', { insecureSecrets: true }, revealed],
    ])('%s', async (_title, allocator, text) => {
      const { logger, lines } = capturingLogger()
      served = await serve(given([pool('a')], two()), { allocator, logger })
      for (let i = 0; i < 2; i += 1) {
        const answer = await served.request('/scrape_configs')
        expect([answer.status, answer.text]).toEqual([200, text])
        expect(answer.headers['content-type']).toBe('application/json')
      }
      const warnings = lines.filter((line) => line['scrape_pool'] === 'a')
      expect(warnings).toHaveLength(text === hidden ? 1 : 0)
    })

    it('say when the client has it already, for the config that it may see', async () => {
      const allocator = { insecureSecrets: false, isVerified: () => verified }
      let verified = false
      served = await serve(given([pool('a')], two()), { allocator })
      const { etag } = (await served.request('/scrape_configs')).headers
      const headers = { 'If-None-Match': String(etag) }
      expect((await served.request('/scrape_configs', { headers })).status).toBe(304)
      verified = true
      expect((await served.request('/scrape_configs', { headers })).text).toBe(revealed)
    })

    it('answer 503 with a text before there is a config', async () => {
      const plain = given([], two())
      const config = { ...plain.config, scrapeConfigs: () => undefined }
      served = await serve({ ...plain, config })
      const answer = await served.request('/scrape_configs')
      expect([answer.status, answer.text]).toEqual([503, 'starting\n'])
    })
  })
})
