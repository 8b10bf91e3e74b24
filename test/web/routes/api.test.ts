import { gunzipSync, inflateSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import type { ListView } from '../../../src/web/index.js'
import {
  discovery,
  listOf,
  pool,
  provider,
  type Served,
  type ServeOptions,
  serve,
  sources,
} from '../helpers.js'

let served: Served | undefined
afterEach(async () => {
  await served?.stop()
  served = undefined
})
const up = async (from = sources(), options: ServeOptions = {}): Promise<Served> => {
  served = await serve(from, options)
  return served
}

const pools = [
  pool('a', { active: ['{"n":1}', '{"n":2},{"n":3}'], dropped: ['{"d":1}'] }),
  pool('b', { active: ['', '{"n":4}'] }),
]
const all = '{"n":1},{"n":2},{"n":3},{"n":4}'
const success = (data: string): string => `{"status":"success","data":${data}}`
const targets = (active: string, dropped: string, counts: string): string =>
  success(
    `{"activeTargets":[${active}],"droppedTargets":[${dropped}],"droppedTargetCounts":${counts}}`,
  )

describe('GET /api/v1/targets', () => {
  it.each([
    ['gives everything', '', targets(all, '{"d":1}', '{"a":1,"b":0}')],
    ['state=any is everything', '?state=any', targets(all, '{"d":1}', '{"a":1,"b":0}')],
    ['state=active leaves the counts null', '?state=active', targets(all, '', 'null')],
    ['the state may be in capitals', '?state=DROPPED', targets('', '{"d":1}', '{"a":1,"b":0}')],
    ['an unknown state has no targets', '?state=bogus', targets('', '', 'null')],
    ['a pool filter keeps all counts', '?scrapePool=b', targets('{"n":4}', '', '{"a":1,"b":0}')],
    ['an unknown pool is no error', '?scrapePool=c', targets('', '', '{"a":1,"b":0}')],
  ])('%s', async (_title, query, expected) => {
    const { request } = await up(sources(pools))
    const answer = await request(`/api/v1/targets${query}`)
    expect(answer.text).toBe(expected)
    expect(answer.headers['content-type']).toBe('application/json')
  })
})

describe('the API', () => {
  it.each([
    ['/scrape_pools', '{"scrapePools":["a","b"]}'],
    ['/scrape_pools/config?scrapePool=a', '{"yaml":"job_name: a\\n"}'],
    [
      '/targets/relabel_steps?scrapePool=a&labels=%7B%22x%22%3A%22y%22%7D',
      '{"steps":[{"rule":{},"output":{"x":"y"},"keep":true}]}',
    ],
    ['/status/config', '{"yaml":"global: {}\\n"}'],
    ['/status/flags', '{"config.file":"p.yml"}'],
    [
      '/status/buildinfo',
      '{"version":"1.2.3","revision":"r","branch":"b","buildUser":"u","buildDate":"d","goVersion":"node"}',
    ],
    ['/features', '{"prometheus":{"agent_mode":false}}'],
    ['/alertmanagers', '{"activeAlertmanagers":[],"droppedAlertmanagers":[]}'],
    ['/providers', '{"providers":[],"guarded":[]}'],
  ])('answers %s', async (path, expected) => {
    const { request } = await up(sources(pools))
    expect((await request(`/api/v1${path}`)).text).toBe(success(expected))
  })

  it.each([
    ['/scrape_pools/config', 'no scrapePool parameter provided'],
    [
      '/scrape_pools/config?scrapePool=c',
      'error retrieving scrape config: scrape pool "c" not found',
    ],
    ['/targets/relabel_steps', 'no scrapePool parameter provided'],
    ['/targets/relabel_steps?scrapePool=a', 'no labels parameter provided'],
    [
      '/targets/relabel_steps?scrapePool=c&labels=%7B%7D',
      'error retrieving scrape config: scrape pool "c" not found',
    ],
    [
      '/targets/relabel_steps?scrapePool=a&labels=%5B%5D',
      'error parsing labels: expected a JSON object of label names and values',
    ],
    [
      '/targets/relabel_steps?scrapePool=a&labels=%7B%22x%22%3A1%7D',
      'error parsing labels: the value of "x" must be a string',
    ],
  ])('refuses %s', async (path, error) => {
    const { request } = await up(sources(pools))
    const answer = await request(`/api/v1${path}`)
    expect(answer.status).toBe(400)
    expect(answer.json()).toEqual({ status: 'error', errorType: 'bad_data', error })
  })

  it('has every key of runtimeinfo', async () => {
    const { request } = await up()
    const answer = await request('/api/v1/status/runtimeinfo')
    const { data } = answer.json() as { data: Record<string, unknown> }
    expect(Object.keys(data).join(' ')).toBe(
      'startTime CWD hostname serverTime reloadConfigSuccess lastConfigTime corruptionCount ' +
        'goroutineCount GOMAXPROCS GOMEMLIMIT GOGC GODEBUG storageRetention',
    )
    expect(data).toMatchObject({
      startTime: '1970-01-01T00:00:00.000Z',
      serverTime: '1970-01-01T00:00:05.000Z',
      lastConfigTime: '1970-01-01T00:00:01.000Z',
    })
  })

  it('writes the time of a reload that never was as Go does', async () => {
    const config = { yaml: () => '', lastReloadOk: () => false, lastSuccessAt: () => undefined }
    const { request } = await up(sources([], { config }))
    expect((await request('/api/v1/status/runtimeinfo')).json()).toMatchObject({
      data: { reloadConfigSuccess: false, lastConfigTime: '0001-01-01T00:00:00Z' },
    })
  })

  it('shows the truth about providers', async () => {
    const lastError = { message: 'refused', kind: 'ECONNREFUSED', at: 1000 }
    const failing = provider({
      name: 'consul/0',
      mechanism: 'consul',
      sets: ['a'],
      state: 'failing',
      lastSuccess: undefined,
      lastError,
      consecutiveFailures: 2,
      failures: 5,
      nextTry: 2000,
    })
    const managers = discovery([failing], [provider({ staleSince: 0 })])
    const guarded = [{ set: 'a', isFrozen: true, heldTargets: 3, since: 1000 }]
    const scrape = { ...managers.scrape, guarded: () => guarded }
    const { request } = await up(sources([], { discovery: { ...managers, scrape } }))
    expect((await request('/api/v1/providers')).json()).toEqual({
      status: 'success',
      data: {
        providers: [
          {
            manager: 'scrape',
            name: 'consul/0',
            mechanism: 'consul',
            sets: ['a'],
            state: 'failing',
            lastSuccess: null,
            lastError: { message: 'refused', kind: 'ECONNREFUSED', at: '1970-01-01T00:00:01.000Z' },
            consecutiveFailures: 2,
            failures: 5,
            nextTry: '1970-01-01T00:00:02.000Z',
            groups: 1,
            targets: 1,
            updates: 1,
            requests: 0,
            staleSince: null,
          },
          expect.objectContaining({ manager: 'notify', staleSince: '1970-01-01T00:00:00.000Z' }),
        ],
        guarded: [
          {
            manager: 'scrape',
            set: 'a',
            isFrozen: true,
            heldTargets: 3,
            since: '1970-01-01T00:00:01.000Z',
          },
        ],
      },
    })
  })

  it.each([
    ['starting', 'false'],
    ['stopping', 'true'],
  ] as const)('is closed while the daemon is %s', async (state, stopping) => {
    const { request } = await up(sources(pools, { readiness: () => state }))
    for (const path of ['/api/v1/targets', '/api/v1/status/flags', '/http_sd/a', '/-/ready']) {
      const answer = await request(path)
      expect([path, answer.status, answer.text]).toEqual([path, 503, 'Service Unavailable'])
      expect(answer.headers['x-prometheus-stopping']).toBe(stopping)
    }
    expect((await request('/-/healthy')).status).toBe(200)
    expect((await request('/metrics')).status).toBe(200)
  })

  it('tells browsers of other origins that they may read', async () => {
    const { request } = await up(sources(), { corsOrigin: (origin) => origin === 'http://good' })
    const good = await request('/api/v1/scrape_pools', { headers: { Origin: 'http://good' } })
    expect(good.headers).toMatchObject({
      'access-control-allow-headers': 'Accept, Authorization, Content-Type, Origin',
      'access-control-allow-methods': 'GET, POST, OPTIONS',
      'access-control-allow-origin': 'http://good',
      'access-control-expose-headers': 'Date',
      vary: 'Origin',
    })
    const bad = await request('/api/v1/scrape_pools', { headers: { Origin: 'http://bad' } })
    expect(bad.headers['access-control-allow-origin']).toBeUndefined()
    const none = await request('/api/v1/scrape_pools')
    expect(none.headers['access-control-allow-methods']).toBeUndefined()
    expect(none.headers.vary).toBe('Origin')
  })

  it('answers a preflight without a body', async () => {
    const { request } = await up()
    const answer = await request('/api/v1/targets', {
      method: 'OPTIONS',
      headers: { Origin: 'http://x' },
    })
    expect(answer.status).toBe(204)
    expect(answer.headers['access-control-allow-origin']).toBe('http://x')
  })

  it.each([
    ['POST', '/api/v1/targets', 405, 'Method Not Allowed\n'],
    ['DELETE', '/metrics', 405, 'Method Not Allowed\n'],
    ['GET', '/api/v1/nope', 404, '404 page not found\n'],
    ['GET', '/nope', 404, '404 page not found\n'],
    ['GET', '/api/v2/status', 404, '404 page not found\n'],
  ])('answers %s %s with %d', async (method, path, status, text) => {
    const { request } = await up()
    const answer = await request(path, { method })
    expect([answer.status, answer.text]).toEqual([status, text])
    if (status === 405) expect(answer.headers.allow).toBe('GET, OPTIONS')
  })
})

/** A text that compression cannot make tiny: the cache keeps no tiny bodies. */
function noise(length: number): string {
  let state = 1
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647
    return state % 7 === 0 ? String(state % 10) : 'ü'
  }).join('')
}

describe('a body', () => {
  const big = [pool('a', { active: [`{"x":"${noise(200_000)}"}`] })] as const

  it.each([
    ['gzip', 'gzip', gunzipSync],
    ['deflate', 'deflate', inflateSync],
    ['gzip;q=0, deflate', 'deflate', inflateSync],
    ['br, gzip, deflate', 'gzip', gunzipSync],
    ['identity', undefined, (raw: Buffer) => raw],
    ['', undefined, (raw: Buffer) => raw],
  ])('is compressed as %j asks', async (accept, encoding, decompress) => {
    const { request } = await up(sources(big))
    const plain = await request('/api/v1/targets')
    // Twice: made, and from the cache.
    for (const _ of [1, 2]) {
      const answer = await request('/api/v1/targets', { headers: { 'Accept-Encoding': accept } })
      expect(answer.headers['content-encoding']).toBe(encoding)
      expect(answer.headers.vary).toBe('Origin, Accept-Encoding')
      expect(decompress(answer.raw).toString()).toBe(plain.text)
    }
  })

  it('is not made again while nothing changes, and is when something does', async () => {
    let made = 0
    const counting = (texts: readonly string[]): ListView => {
      const list = listOf('active a', texts)
      return {
        ...list,
        texts(index) {
          made += 1
          return list.texts(index)
        },
      }
    }
    let [version, list] = ['1', counting(['"1"', '"2"'])]
    const changing = {
      ...pool('a'),
      get version() {
        return version
      },
      list: () => list,
    }
    const { request } = await up(sources([changing]))
    const path = '/api/v1/targets?state=active'
    const first = await request(path)
    await request(path)
    await request(path, { headers: { 'Accept-Encoding': 'gzip' } })
    expect(made).toBe(2)
    const next = counting(['"1"', '"3"'])
    const parts = [list.parts[0] ?? {}, next.parts[1] ?? {}]
    ;[version, list] = ['2', { ...next, parts }]
    const second = await request(path)
    expect(made).toBe(3)
    expect(second.text).toContain('["1","3"]')
    expect(second.headers.etag).not.toBe(first.headers.etag)
  })

  it('is left out when the client has it', async () => {
    const { request } = await up(sources(big))
    const { headers } = await request('/api/v1/targets')
    const again = await request('/api/v1/targets', {
      headers: { 'If-None-Match': String(headers.etag) },
    })
    expect([again.status, again.text]).toEqual([304, ''])
    const other = await request('/api/v1/targets?state=active', {
      headers: { 'If-None-Match': String(headers.etag) },
    })
    expect(other.status).toBe(200)
  })

  it('is left out of the answer to HEAD', async () => {
    const { request } = await up(sources(big))
    const answer = await request('/api/v1/targets', { method: 'HEAD' })
    expect([answer.status, answer.text]).toEqual([200, ''])
    expect(answer.headers.etag).toBeDefined()
  })

  it('breaks off when making it fails, instead of looking whole', async () => {
    const errors: unknown[] = []
    const logger = {
      debug() {},
      info() {},
      warn() {},
      error: (_message: string, fields?: object) => void errors.push(fields),
      child: () => logger,
    }
    const failing: ListView = {
      ...listOf('active a', [`"${'x'.repeat(100_000)}"`, 'never']),
      texts(index) {
        if (index > 0) throw new Error('gone')
        return [`"${noise(100_000)}"`]
      },
    }
    const { request } = await up(sources([{ ...pool('a'), list: () => failing }]), { logger })
    await expect(request('/api/v1/targets')).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(errors).toEqual([{ path: '/api/v1/targets', err: new Error('gone') }])
    expect((await request('/-/healthy')).status).toBe(200)
  })
})
