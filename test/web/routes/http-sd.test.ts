import { afterEach, describe, expect, it } from 'vitest'
import { Completeness } from '../../../src/web/routes/completeness.js'
import { discovery, pool, provider, type Served, serve, sources } from '../helpers.js'

let served: Served | undefined
afterEach(async () => {
  await served?.stop()
  served = undefined
})

const failing = (state: 'failing' | 'failed') =>
  provider({ name: 'consul/0', sets: ['a'], state, lastSuccess: undefined })

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
    ['another stage', '?stage=final', 400, 'stage must be relabeled or raw\n'],
    ['names of old', '?names=legacy', 200, '[{"r":1},{"r":2}]'],
    ['any names', '?names=utf8&stage=raw', 200, '[{"w":1}]'],
    ['other names', '?names=ascii', 400, 'names must be utf8 or legacy\n'],
  ])('gives %s', async (_title, query, status, text) => {
    const job = pool('a', { relabeled: ['{"r":1}', '{"r":2}'], raw: ['{"w":1}'] })
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

  it.each([
    ['a provider that answered', provider({ sets: ['a'] }), 0, undefined],
    [
      'a provider with groups of an earlier run',
      { ...failing('failing'), staleSince: 0 },
      0,
      undefined,
    ],
    ['another job', provider({ sets: ['b'], lastSuccess: undefined }), 0, undefined],
    ['one that fails', failing('failing'), 0, 'no answer yet from consul/0'],
    ['one that fails for long', failing('failing'), 119_999, 'no answer yet from consul/0'],
    ['one that fails for too long', failing('failing'), 120_000, undefined],
    ['one that could not be built', failing('failed'), 0, undefined],
  ])('waits for %s', (_title, status, afterMs, expected) => {
    let now = 1000
    const completeness = new Completeness(
      { discovery: discovery([status]), isSettled: () => true },
      () => now,
    )
    const job = pool('a')
    completeness.missing(job)
    now += afterMs
    expect(completeness.missing(job)).toBe(expected)
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
