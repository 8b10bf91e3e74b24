import { afterEach, describe, expect, it } from 'vitest'
import { Completeness } from '../../../src/outputs/index.js'
import { discovery, pool, provider, type Served, serve, sources } from '../helpers.js'

let served: Served | undefined
afterEach(async () => {
  await served?.stop()
  served = undefined
})

const error = (message: string) => ({ message, kind: 'E', at: 0 })

describe('GET /http_sd/<job>', () => {
  const names = ['plain', 'a/b', 'a b', 'ü', '100%', '%2F', 'q?x=1', '#', '<b>', '__proto__']
  it.each(names)('finds the job %j by its encoded name', async (name) => {
    served = await serve(
      sources(names.map((one) => pool(one, { relabeled: [JSON.stringify(one)] }))),
    )
    const answer = await served.request(`/http_sd/${encodeURIComponent(name)}`)
    expect([answer.status, answer.json()]).toEqual([200, [name]])
    expect(answer.headers['content-type']).toBe('application/json')
  })

  it('finds a job with a slash as it stands, too', async () => {
    served = await serve(sources([pool('a/b', { relabeled: ['1'] })]))
    expect((await served.request('/http_sd/a/b')).text).toBe('[1]')
  })

  it.each([
    ['the default stage', '', 200, '[{"r":1},{"r":2}]'],
    ['relabeled', '?stage=relabeled', 200, '[{"r":1},{"r":2}]'],
    ['raw', '?stage=raw', 200, '[{"w":1}]'],
    ['unseeded', '?stage=unseeded', 200, '[{"u":1}]'],
    ['another stage', '?stage=final', 400, 'stage must be relabeled, raw or unseeded\n'],
    ['names of old', '?names=legacy', 200, '[{"r":1},{"r":2}]'],
    ['any names', '?names=utf8&stage=raw', 200, '[{"w":1}]'],
    ['other names', '?names=ascii', 400, 'names must be utf8 or legacy\n'],
  ])('gives %s', async (_title, query, status, text) => {
    const job = pool('a', {
      relabeled: ['{"r":1}', '{"r":2}'],
      raw: ['{"w":1}'],
      unseeded: ['{"u":1}'],
    })
    served = await serve(sources([job]))
    const answer = await served.request(`/http_sd/a${query}`)
    expect([answer.status, answer.text]).toEqual([status, text])
  })

  it.each([
    ['an unknown job', '/http_sd/b', 404, 'no job is called "b"\n'],
    ['no job', '/http_sd/', 404, 'no job is called ""\n'],
    ['a broken escape', '/http_sd/%ff', 400, 'the job name is not percent-encoded UTF-8\n'],
  ])('refuses %s', async (_title, path, status, text) => {
    served = await serve(sources([pool('a')]))
    const answer = await served.request(path)
    expect([answer.status, answer.text]).toEqual([status, text])
  })

  it('answers 503 for a job until all its providers have answered', async () => {
    let lastSuccess: number | undefined
    const managers = discovery()
    const scrape = {
      ...managers.scrape,
      providers: () => [
        provider({ name: 'static/0', sets: ['a', 'b'] }),
        provider({ name: 'consul/1', sets: ['a'], state: 'starting', lastSuccess }),
      ],
    }
    served = await serve(sources([pool('a'), pool('b')], { discovery: { ...managers, scrape } }))
    const early = await served.request('/http_sd/a')
    expect([early.status, early.text]).toEqual([503, 'no answer yet from consul/1\n'])
    expect((await served.request('/http_sd/b')).status).toBe(200)
    lastSuccess = 0
    expect((await served.request('/http_sd/a')).text).toBe('[]')
  })

  it('answers 503 until the pool shows the first targets, and never again after that', async () => {
    let isSettled = false
    served = await serve(sources([pool('a')], { isSettled: () => isSettled }))
    const status = async (): Promise<number | undefined> =>
      (await served?.request('/http_sd/a'))?.status
    expect(await status()).toBe(503)
    isSettled = true
    expect(await status()).toBe(200)
    isSettled = false
    expect(await status()).toBe(200)
  })

  it('answers for a job whose targets are shown while those of another still change', async () => {
    const pools = [pool('a'), pool('flapping')]
    served = await serve(sources(pools, { isSettled: (job) => job !== 'flapping' }))
    expect((await served.request('/http_sd/a')).status).toBe(200)
    const early = await served.request('/http_sd/flapping')
    expect([early.status, early.text]).toEqual([503, 'the first targets are being relabeled\n'])
  })

  describe.each(['starting', 'running', 'failing', 'failed', 'stopped'] as const)(
    'with a provider that is %s',
    (state) => {
      const never = { name: 'consul/0', sets: ['a'], state, lastSuccess: undefined }
      const year = 31_536_000_000
      it.each([
        ['it has answered once', { ...never, lastSuccess: 0 }, Infinity, 0, true],
        ['it has its groups of an earlier run', { ...never, staleSince: 0 }, Infinity, 0, true],
        ['it is of another job', { ...never, sets: ['b'] }, Infinity, 0, true],
        ['it has never answered', never, Infinity, 0, false],
        ['it has never answered, in a year', never, Infinity, year, false],
        ['it has never answered, before the limit', never, 120_000, 119_999, false],
        ['it has never answered, at the limit', never, 120_000, 120_000, true],
        ['it has answered once, and there is a limit', { ...never, lastSuccess: 0 }, 1, 0, true],
      ])('%s', (_title, status, incompleteAfterMs, afterMs, isGiven) => {
        let now = 1000
        const completeness = new Completeness({
          sources: { discovery: discovery([provider(status)]), isSettled: () => true },
          now: () => now,
          incompleteAfterMs,
        })
        const job = pool('a')
        completeness.missing(job)
        now += afterMs
        const expected = { reason: 'no answer yet from consul/0', retryAfterSeconds: 1 }
        expect(completeness.missing(job)).toEqual(isGiven ? undefined : expected)
      })
    },
  )

  it.each([
    [
      'the error of a provider, in one line',
      [{ lastError: error('connect\nECONNREFUSED') }],
      'no answer yet from consul/0 (connect\\nECONNREFUSED)',
      1,
    ],
    ['the time to its next try', [{ nextTry: 8500 }], 'no answer yet from consul/0', 8],
    ['a minute at most', [{ nextTry: 900_000 }], 'no answer yet from consul/0', 60],
    ['a second at least', [{ nextTry: 0 }], 'no answer yet from consul/0', 1],
    [
      'the last of several',
      [{ nextTry: 3000 }, { nextTry: 5000 }],
      'no answer yet from consul/0, consul/1',
      4,
    ],
    [
      'ten providers at most',
      Array.from({ length: 13 }, () => ({})),
      `no answer yet from ${Array.from({ length: 10 }, (_, i) => `consul/${String(i)}`).join(', ')} and 3 more`,
      1,
    ],
  ])('says %s', async (_title, statuses, reason, seconds) => {
    const providers = statuses.map((status, i) =>
      provider({ name: `consul/${String(i)}`, sets: ['a'], lastSuccess: undefined, ...status }),
    )
    const process = { startTime: 0, cwd: '/', hostname: 'h', now: () => 1000 }
    served = await serve(sources([pool('a')], { discovery: discovery(providers) }), { process })
    const answer = await served.request('/http_sd/a')
    expect([answer.status, answer.text]).toEqual([503, `${reason}\n`])
    expect(answer.headers['retry-after']).toBe(String(seconds))
  })

  it('gives a list whose targets never stop changing, two minutes after all providers have answered', () => {
    let now = 1000
    let lastSuccess: number | undefined
    const { scrape } = discovery()
    const providers = () => [provider({ sets: ['a'], lastSuccess })]
    const completeness = new Completeness({
      sources: {
        discovery: { scrape: { ...scrape, providers } },
        isSettled: () => false,
      },
      now: () => now,
    })
    const job = pool('a')
    const reason = () => completeness.missing(job)?.reason
    expect(reason()).toBe('no answer yet from static/0')
    now += 1_000_000
    lastSuccess = now
    expect(reason()).toBe('the first targets are being relabeled')
    now += 119_999
    expect(reason()).toBe('the first targets are being relabeled')
    now += 1
    expect(reason()).toBe(undefined)
  })

  it('is a 503 again when a reload gives the job a provider that has never answered', () => {
    const providers = [provider({ sets: ['a'] })]
    const completeness = new Completeness({
      sources: { discovery: discovery(providers), isSettled: () => true },
      now: () => 0,
    })
    const job = pool('a')
    expect(completeness.missing(job)).toBe(undefined)
    providers.push(
      provider({ name: 'dns/1', sets: ['a'], state: 'failed', lastSuccess: undefined }),
    )
    expect(completeness.missing(job)?.reason).toBe('no answer yet from dns/1')
  })

  it('gives the same tag until the pool changes, and another per stage', async () => {
    let job = pool('a', {}, '1')
    served = await serve(sources([], { pools: { ...sources().pools, pool: () => job } }))
    const { request } = served
    const tag = async (path: string) => (await request(path)).headers.etag
    const first = await tag('/http_sd/a')
    expect(await tag('/http_sd/a')).toBe(first)
    expect(await tag('/http_sd/a?stage=raw')).not.toBe(first)
    expect(await tag('/http_sd/a?names=legacy')).not.toBe(first)
    expect(await tag('/http_sd/a?names=utf8')).toBe(first)
    const headers = { 'If-None-Match': String(first) }
    expect((await request('/http_sd/a', { headers })).status).toBe(304)
    job = pool('a', {}, '2')
    expect((await request('/http_sd/a', { headers })).status).toBe(200)
  })
})
