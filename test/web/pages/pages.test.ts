import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import type { AllocationSource } from '../../../src/allocation/source.js'
import { readAssets } from '../../../src/web/index.js'
import { standingOf } from '../../../src/web/pages/outputs.js'
import { builtAssets } from '../../ui/helpers/browser.js'
import { pool, type Served, serve, sources } from '../helpers.js'
import { nasty, situations } from './situations.js'

let served: Served | undefined
afterEach(async () => {
  await served?.stop()
  served = undefined
})

const pages = [
  '/',
  '/targets',
  '/service-discovery',
  '/relabel',
  '/providers',
  '/events',
  '/outputs',
  '/alertmanager-discovery',
  '/config',
  '/flags',
  '/status',
] as const
const names = Object.keys(situations) as (keyof typeof situations)[]

describe('the pages', () => {
  it.each(names.flatMap((situation) => pages.map((page) => ({ situation, page }))))(
    '$page with $situation: 40 KB at most, nothing to run or to apply in it, and every text is text',
    async ({ situation, page }) => {
      served = await serve(situations[situation](), { assets: readAssets(builtAssets) })
      const { status, text, headers } = await served.request(page)
      expect(status).toBe(200)
      expect(gzipSync(text).length).toBeLessThanOrEqual(40 * 1024)
      expect(text).not.toMatch(/<img|<script>|<style|<[^>]*\s(?:style|on[a-z]+)=/)
      expect(text.includes(nasty.turned)).toBe(false)
      expect(text.match(/<main/g)).toHaveLength(1)
      expect(headers['content-security-policy']).not.toMatch(/unsafe|sha256|nonce|https?:/)
      expect(headers['cache-control']).toBe('no-store')
    },
  )

  it('have a script of 25 KB and a style of 8 KB at most, which browsers keep for ever', async () => {
    served = await serve(situations.nothing(), { assets: readAssets(builtAssets) })
    const { text } = await served.request('/')
    const files = [...text.matchAll(/(?:src|href)="\.\/(ui\/[^"]+)"/g)].map(
      ([, file]) => file ?? '',
    )
    expect(files.map((file) => file.split('.').at(-1))).toEqual(['css', 'js'])
    for (const [i, file] of files.entries()) {
      const plain = await served.request(`/${file}`)
      expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable')
      expect(gzipSync(plain.raw).length).toBeLessThanOrEqual((i === 0 ? 8 : 25) * 1024)
      for (const [accepted, coding] of [
        ['gzip, deflate, br', 'br'],
        ['gzip', 'gzip'],
        ['br;q=0, gzip', 'gzip'],
      ] as const) {
        const packed = await served.request(`/${file}`, {
          headers: { 'Accept-Encoding': accepted },
        })
        expect(packed.headers['content-encoding']).toBe(coding)
        expect(packed.raw.length).toBeLessThan(plain.raw.length)
      }
    }
    expect((await served.request('/ui/..%2f..%2fpackage.json')).status).toBe(404)
  })

  it('work without a build, without script and style', async () => {
    served = await serve(situations.nothing(), { assets: readAssets('/does/not/exist') })
    expect((await served.request('/')).text).not.toMatch(/<script|stylesheet/)
  })

  it('have links that lead on below any prefix', async () => {
    served = await serve(situations.many(), { routePrefix: '/a/b' })
    const { text } = await served.request('/a/b/providers')
    const links = [...text.matchAll(/(?:href|action)="([^"#][^"]*)"/g)].map(([, link]) => link)
    expect(links.length).toBeGreaterThan(20)
    expect(links.filter((link) => !/^(\.\/|data:)/.test(link ?? ''))).toEqual([])
  })

  it('show a list in parts, each with an address of its own', async () => {
    served = await serve(situations.many())
    const { text } = await served.request('/providers?offset=4990')
    expect(text).toContain('4,991 to 5,000 of 5,000 providers')
    expect(text).toContain('href="./providers?offset=4940"')
    expect((await served.request('/providers?offset=bogus')).text).toContain('1 to 50 of')
    expect((await served.request('/providers?offset=999999999')).status).toBe(200)
  })
})

describe('the config page', () => {
  it('has the place of every rule as an anchor in the part of a job', async () => {
    const yaml = 'job_name: a\nrelabel_configs:\n  - action: drop\n  - action: keep\nx:\n  - y\n'
    const from = situations.trouble()
    const pools = {
      ...from.pools,
      configYaml: () => yaml,
      rulePlaces: () => ['p.yml:3:9', 'p.yml:7:9'],
    }
    served = await serve({ ...from, pools })
    const { text } = await served.request('/config?job=a')
    const anchors = [...text.matchAll(/<li id="([^"]+)">/g)].map(([, id]) => id)
    expect(anchors).toEqual(['L1', 'L2', 'p.yml:3:9', 'p.yml:7:9', 'L5', 'L6'])
    expect((await served.request('/config')).status).toBe(200)
  })

  it('has the rules of metrics and of Alertmanagers as anchors, and the jobs of other files', async () => {
    const yaml = [
      'alerting:',
      '  alertmanagers:',
      '    - scheme: http',
      '      relabel_configs:',
      '        - action: drop',
      '    - scheme: https',
      '      relabel_configs:',
      '        - action: keep',
      'scrape_configs:',
      '  - job_name: a',
      '    relabel_configs:',
      '      - action: drop',
      '    metric_relabel_configs:',
      '      - action: keep',
      '',
    ].join('\n')
    const from = sources([pool('a'), pool('b')])
    served = await serve({
      ...from,
      pools: {
        ...from.pools,
        rulePlaces: (name) => (name === 'a' ? ['p.yml:9:1'] : []),
        metricRulePlaces: (name) => (name === 'a' ? ['p.yml:11:1'] : []),
      },
      config: {
        ...from.config,
        yaml: () => yaml,
        alertmanagerRulePlaces: () => [['p.yml:3:1'], ['p.yml:5:1']],
      },
    })
    const { text } = await served.request('/config')
    const anchors = [...text.matchAll(/<li id="([^"]+)">(?:<a[^>]*>)?<bdi>([^<]*)/g)]
    expect(anchors.map(([, id = '', line = '']) => `${id} ${line.trim()}`)).toEqual([
      'L1 alerting:',
      'L2 alertmanagers:',
      'L3 - scheme: http',
      'L4 relabel_configs:',
      'p.yml:3:1 - action: drop',
      'L6 - scheme: https',
      'L7 relabel_configs:',
      'p.yml:5:1 - action: keep',
      'L9 scrape_configs:',
      'job-a - job_name: a',
      'L11 relabel_configs:',
      'p.yml:9:1 - action: drop',
      'L13 metric_relabel_configs:',
      'p.yml:11:1 - action: keep',
      'job-b b',
    ])
  })

  it('says that there is no such job', async () => {
    served = await serve(situations.nothing())
    expect((await served.request('/config?job=gone')).status).toBe(404)
  })
})

describe('the page of outputs', () => {
  it('shows who reads which list, and who is behind', async () => {
    let version = '1'
    const from = sources([pool('node')])
    served = await serve({
      ...from,
      pools: {
        ...from.pools,
        pool: (name) => (name === 'node' ? pool(name, {}, version) : undefined),
      },
    })
    expect((await served.request('/outputs')).text).toContain('Nothing has read a list yet')
    const headers = {
      'User-Agent': 'Prometheus/3 <b>',
      'X-Prometheus-Refresh-Interval-Seconds': '30',
    }
    expect((await served.request('/http_sd/node', { headers })).status).toBe(200)
    const current = (await served.request('/outputs')).text
    expect(current).toMatch(
      /127\.0\.0\.1.*Prometheus\/3 &lt;b&gt;.*<\/span> current.*polls every 30 s/,
    )
    expect(current).toContain('1 of 1 reader<')
    version = '2'
    expect((await served.request('/outputs')).text).toMatch(/<tbody>.*<\/span> behind/)
    expect((await served.request('/outputs?q=nothing')).text).toContain('0 of 1 reader<')
  })

  it('shows the members that targets are shared out to', async () => {
    const member = { id: 'c-<b>', weight: 2, state: 'silent', lastSeen: 1000, targets: 3 } as const
    const allocation = {
      state: 'ready',
      fingerprint: 'f00',
      members: () => [
        { ...member, refreshMs: undefined, overlapping: 0 },
        { ...member, id: 'd', state: 'joining', targets: 1, refreshMs: undefined, overlapping: 0 },
      ],
      unassigned: () => 5,
      overlapping: 0,
      pending: 7,
    }
    const file = { job: 'a', file: 'a.json', writtenAt: 1000, targets: 1, waitsFor: undefined }
    served = await serve({
      ...sources(),
      allocation: allocation as unknown as AllocationSource,
      files: () => [
        { ...file, error: undefined },
        { ...file, job: 'b', error: 'disk full' },
      ],
    })
    const { text } = await served.request('/outputs')
    expect(text).toMatch(/c-&lt;b&gt;.*<\/span> silent.*75\.0%.*<\/span> joining.*25\.0%/)
    expect(text).toContain('5 have no owner')
    expect(text).toMatch(/failing.*disk full.*<\/span> current/)
  })

  it.each([
    { lastAt: 0, way: 'poll', version: 'a', current: 'a', standing: 'silent' },
    { lastAt: 9000, way: 'poll', version: 'a', current: 'a', standing: 'current' },
    { lastAt: 0, way: 'stream', version: 'a', current: 'a', standing: 'current' },
    { lastAt: 9000, way: 'poll', version: 'a', current: 'b', standing: 'behind' },
    { lastAt: 9000, way: 'poll', version: 'a', current: undefined, standing: 'gone' },
  ] as const)(
    'says $standing of one by $way, read at $lastAt',
    ({ current, standing, ...more }) => {
      const reader = {
        job: 'a',
        output: 'http_sd',
        list: '',
        address: '',
        userAgent: '',
        firstAt: 0,
        requests: 1,
        intervalMs: 1000,
        current: () => current,
        ...more,
      }
      expect(standingOf(reader, 10_000)).toBe(standing)
    },
  )
})

describe('the page of flags', () => {
  it('shows those that were changed, and what they are by default', async () => {
    const flags = { 'a.b': 'x', c: 'y' }
    served = await serve(sources([], { flags, defaultFlags: { 'a.b': 'z', c: 'y' } }))
    const { text } = await served.request('/flags?changed=on')
    expect(text).toContain('1 of 2 flags')
    expect(text).toMatch(/--a\.b<.*>x<.*>z</)
    expect((await served.request('/flags')).text).toContain('2 of 2 flags')
  })
})

describe('the page of status', () => {
  it('shows the last reloads, and how late the event loop is', async () => {
    const base = { causes: ['web'], startedAt: 1000, durationMs: 3, fingerprint: undefined }
    const reloads = [
      {
        ...base,
        ok: false,
        reasons: [{ part: 'load', phase: 'load', error: new Error('refused <b>') }],
      },
      {
        ...base,
        ok: true,
        reasons: [],
        parts: [],
        changes: [{ part: 'scrape', changes: ['jobs added: a'] }],
      },
    ] as const
    const from = sources()
    served = await serve({ ...from, config: { ...from.config, reloads: () => reloads } })
    const { text } = await served.request('/status')
    expect(text).toContain('load: refused &lt;b&gt;')
    expect(text).toContain('scrape: jobs added: a')
    expect(text).toMatch(/late by [\d.]+ ms on average/)
  })
})

describe('the buttons of the providers page', () => {
  const accept = '/providers/accept?manager=scrape&set=node'
  it.each([
    {
      title: 'are refused where the lifecycle API is off',
      enabled: false,
      headers: {},
      status: 403,
    },
    {
      title: 'are refused for a page of another site',
      enabled: true,
      headers: { Origin: 'https://evil.test' },
      status: 403,
    },
    { title: 'are refused to GET', enabled: true, headers: {}, status: 405, method: 'GET' },
    { title: 'lead back to the page', enabled: true, headers: {}, status: 303 },
  ])('$title', async ({ enabled, headers, status, method = 'POST' }) => {
    const from = situations.trouble()
    const done: string[] = []
    const scrape = { ...from.discovery.scrape, accept: (set: string) => void done.push(set) }
    served = await serve(
      { ...from, discovery: { ...from.discovery, scrape } },
      { enableLifecycle: enabled },
    )
    const answer = await served.request(accept, { method, headers })
    expect(answer.status).toBe(status)
    expect(done).toEqual(status === 303 ? ['node'] : [])
    expect(answer.headers.location).toBe(status === 303 ? '../providers#guarded' : undefined)
  })

  it('say that a set is gone', async () => {
    served = await serve(situations.trouble(), { enableLifecycle: true })
    const answer = await served.request('/providers/freeze?manager=scrape&set=gone', {
      method: 'POST',
    })
    expect(answer.status).toBe(404)
  })
})
