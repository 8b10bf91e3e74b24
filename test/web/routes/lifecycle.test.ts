import { afterEach, describe, expect, it } from 'vitest'
import type { ReloadResult } from '../../../src/reload/index.js'
import { discovery, provider, type Served, type ServeOptions, serve, sources } from '../helpers.js'

let served: Served | undefined
afterEach(async () => {
  await served?.stop()
  served = undefined
})
const on: ServeOptions = { enableLifecycle: true }
const finished = { causes: ['web'], startedAt: 0, durationMs: 0, fingerprint: undefined }
const done: ReloadResult = { ...finished, ok: true, reasons: [], parts: [], changes: [] }

describe('POST /-/reload', () => {
  it.each(['POST', 'PUT'])('%s answers once the reload is over', async (method) => {
    let reloads = 0
    const reload = async (): Promise<ReloadResult> => {
      reloads += 1
      return done
    }
    served = await serve(sources([], { reload, readiness: () => 'starting' }), on)
    const answer = await served.request('/-/reload', { method })
    expect([answer.status, answer.text, reloads]).toEqual([200, 'Nothing changed.\n', 1])
  })

  it('says what changed, and lets no name of a job steer a terminal', async () => {
    const changes = [
      { part: 'scrape', changes: ['jobs added: a, b', 'jobs removed: \u001b[2J'] },
      { part: 'scrape_sd', changes: [] },
      { part: 'own', changes: undefined },
      { part: 'notify', changes: ['sections changed: alerting'] },
    ]
    served = await serve(sources([], { reload: async () => ({ ...done, changes }) }), on)
    const answer = await served.request('/-/reload', { method: 'POST' })
    expect(answer.text).toBe(
      'scrape: jobs added: a, b; jobs removed: \\x1b[2J\nnotify: sections changed: alerting\n',
    )
  })

  it('names every reason of a refusal', async () => {
    const failed: ReloadResult = {
      ...finished,
      ok: false,
      reasons: [
        { part: 'scrape', phase: 'prepare', error: new Error('bad rule') },
        { part: 'notify', phase: 'prepare', error: new Error('no CA') },
      ],
    }
    served = await serve(sources([], { reload: async () => failed }), on)
    const answer = await served.request('/-/reload', { method: 'POST' })
    expect([answer.status, answer.text]).toEqual([
      500,
      'failed to reload config: scrape: bad rule; notify: no CA\n',
    ])
  })
})

describe('POST /-/quit', () => {
  it('says goodbye once, and quits after the answer', async () => {
    let quits = 0
    served = await serve(sources([], { quit: () => void (quits += 1) }), on)
    const first = await served.request('/-/quit', { method: 'POST' })
    expect(first.text).toBe('Requesting termination... Goodbye!')
    const second = await served.request('/-/quit', { method: 'PUT' })
    expect(second.text).toBe('Termination already in progress.')
    expect(quits).toBe(1)
  })
})

describe('POST /-/discovery', () => {
  it.each([
    ['freezes a set', '/freeze?set=a', 200, 'Frozen.\n', ['scrape freeze a']],
    ['accepts its losses', '/accept?set=a', 200, 'Accepted.\n', ['scrape accept a']],
    [
      'does so for Alertmanagers',
      '/freeze?manager=notify&set=config-0',
      200,
      'Frozen.\n',
      ['notify freeze config-0'],
    ],
    ['knows its sets', '/freeze?set=b', 404, 'no target set is called "b"\n', []],
    ['wants a set', '/accept', 400, 'no set parameter provided\n', []],
    [
      'knows its managers',
      '/accept?set=a&manager=x',
      400,
      'manager must be scrape or notify\n',
      [],
    ],
  ])('%s', async (_title, path, status, text, expected) => {
    const done: string[] = []
    const managers = discovery([provider({ sets: ['a'] })], [provider({ sets: ['config-0'] })])
    const noting = (name: 'scrape' | 'notify') => ({
      ...managers[name],
      freeze: (set: string) => void done.push(`${name} freeze ${set}`),
      accept: (set: string) => void done.push(`${name} accept ${set}`),
    })
    const both = { scrape: noting('scrape'), notify: noting('notify') }
    served = await serve(sources([], { discovery: both }), on)
    const answer = await served.request(`/-/discovery${path}`, { method: 'POST' })
    expect([answer.status, answer.text, done]).toEqual([status, text, expected])
  })
})

const changing = ['/-/reload', '/-/quit', '/-/discovery/freeze?set=a', '/-/discovery/accept?set=a']
describe.each(changing)('%s', (path) => {
  it.each([
    ['GET is refused', 'GET', on, {}, 405, 'Only POST or PUT requests allowed'],
    ['GET is refused when it is off, too', 'GET', {}, {}, 405, 'Only POST or PUT requests allowed'],
    ['POST does nothing when it is off', 'POST', {}, {}, 403, 'Lifecycle API is not enabled.'],
    ['other methods are refused', 'DELETE', on, {}, 405, 'Method Not Allowed\n'],
    [
      "another site's page cannot do it",
      'POST',
      on,
      { 'Sec-Fetch-Site': 'cross-site' },
      403,
      'Requests from pages of other sites are refused.\n',
    ],
    [
      'nor can it where the browser says only where it comes from',
      'POST',
      on,
      { Origin: 'http://evil.test' },
      403,
      'Requests from pages of "http://evil.test" are refused: it is neither the address of this server nor --web.external-url.\n',
    ],
  ])('%s', async (_title, method, options, headers, status, text) => {
    served = await serve(sources(), options)
    const answer = await served.request(path, { method, headers })
    expect([answer.status, answer.text]).toEqual([status, text])
  })
})

describe('a request that makes the daemon do something', () => {
  const same = { 'Sec-Fetch-Site': 'same-origin' }
  it.each([
    ['of a tool', { Host: 'any.test' }, 200],
    ['of a page of this address', { Origin: 'http://127.0.0.1:9099', Host: '127.0.0.1:9099' }, 200],
    ['of a page of this IPv6 address', { Origin: 'http://[::1]:9099', Host: '[::1]:9099' }, 200],
    ['of a page of this port on localhost', { Origin: 'http://localhost', Host: 'LOCALHOST' }, 200],
    ['of a page of the listen address', { Origin: 'http://inside.test', Host: 'inside.test' }, 200],
    ['of a page of the external URL', { Origin: 'https://ext.test', Host: '127.0.0.1:9099' }, 200],
    ['of such a page with the port', { Origin: 'https://ext.test:443', Host: 'x' }, 200],
    ['of a page of another scheme', { Origin: 'http://ext.test', Host: '127.0.0.1:9099' }, 403],
    ['of another port', { Origin: 'http://127.0.0.1:3000', Host: '127.0.0.1:9099' }, 403],
    ['of another host', { Origin: 'http://10.0.0.1:9099', Host: '127.0.0.1:9099' }, 403],
    [
      'of a name made to lead here',
      { Origin: 'http://evil.test', Host: 'evil.test', ...same },
      403,
    ],
    ['of a page without an origin', { Origin: 'null', Host: '127.0.0.1:9099' }, 403],
    ['of a page of a file', { Origin: 'file://', Host: '127.0.0.1:9099' }, 403],
  ])('%s', async (_title, headers, status) => {
    served = await serve(sources([], { reload: async () => done }), on)
    const answer = await served.request('/-/reload', { method: 'POST', headers })
    expect(answer.status).toBe(status)
  })
})

describe('health', () => {
  it.each([
    ['/-/healthy', 'muster is Healthy.\n'],
    ['/-/ready', 'muster is Ready.\n'],
  ])('%s answers GET and HEAD', async (path, text) => {
    served = await serve(sources())
    expect((await served.request(path)).text).toBe(text)
    const head = await served.request(path, { method: 'HEAD' })
    expect([head.status, head.text]).toEqual([200, ''])
  })

  it.each([
    ['all are well', [provider()], [], 200, 'muster is Ready.\n'],
    ['there are none', [], [], 200, 'muster is Ready.\n'],
    [
      'some are not',
      [provider(), provider({ name: 'dns/1', state: 'starting' })],
      [provider({ state: 'failing', lastError: { message: 'refused', kind: 'X', at: 0 } })],
      503,
      'scrape dns/1 is starting\nnotify static/0 is failing: refused\n',
    ],
  ])('/-/ready?providers says so when %s', async (_title, scrape, notify, status, text) => {
    served = await serve(sources([], { discovery: discovery(scrape, notify) }))
    const answer = await served.request('/-/ready?providers')
    expect([answer.status, answer.text]).toEqual([status, text])
    expect((await served.request('/-/ready')).status).toBe(200)
  })

  it('/version is the build as plain JSON', async () => {
    served = await serve(sources())
    expect((await served.request('/version')).json()).toMatchObject({ version: '1.2.3' })
  })
})
