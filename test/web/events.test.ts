import { once } from 'node:events'
import http from 'node:http'
import { Subject } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import type { TargetGroup } from '../../src/discovery/index.js'
import type { TargetEvent } from '../../src/discovery/target-event.js'
import type { Labels } from '../../src/labels/index.js'
import { EventLog } from '../../src/web/index.js'
import { type Served, serve, sources } from './helpers.js'

let served: Served | undefined
afterEach(async () => {
  await served?.stop()
  served = undefined
})

function group(labels: Labels, ...addresses: readonly string[]): TargetGroup {
  return { source: 's', labels, targets: addresses.map((__address__) => ({ __address__ })) }
}

/** An event in which one group becomes another. */
function event(
  before: TargetGroup | undefined,
  after: TargetGroup | undefined,
  more: Partial<TargetEvent> = {},
): TargetEvent {
  return {
    at: 0,
    set: 'a',
    provider: 'file/0',
    cause: 'answer',
    changes: new Map([['s', { before, after }]]),
    ...more,
  }
}

function filled(events: readonly TargetEvent[], capacity?: number) {
  const scrape = new Subject<TargetEvent>()
  const notify = new Subject<TargetEvent>()
  const log = new EventLog(capacity)
  log.follow('scrape', scrape)
  log.follow('notify', notify)
  for (const one of events) scrape.next(one)
  return { log, scrape, notify }
}

const three = [
  event(undefined, group({ env: 'x' }, 'h:1', 'h:2'), { cause: 'restored' }),
  event(group({ env: 'x' }, 'h:1', 'h:2'), group({ env: 'x' }, 'h:2', 'h:3')),
  event(group({}, 'h:2'), group({ env: 'y' }, 'h:2'), { set: 'b', cause: 'reload' }),
]

interface Listed {
  readonly id: number
  readonly kind: string
  readonly labels?: Labels
}

const list = (answer: { json(): unknown }): string[] => {
  const { data } = answer.json() as { data: { events: readonly Listed[] } }
  return data.events.map(
    ({ id, kind, labels }) => `${String(id)} ${kind} ${labels?.['__address__'] ?? ''}`,
  )
}

const ask = async (query: string, log = filled(three).log) => {
  served = await serve(sources([], { events: log }))
  return await served.request(`/api/v1/targets/events${query}`)
}

describe('GET /api/v1/targets/events', () => {
  it('says what came and went, when, where and why', async () => {
    const answer = await ask('?limit=1&after=2')
    expect(answer.json()).toEqual({
      status: 'success',
      data: {
        events: [
          {
            id: 3,
            at: '1970-01-01T00:00:00.000Z',
            manager: 'scrape',
            set: 'a',
            provider: 'file/0',
            cause: 'answer',
            kind: 'removed',
            labels: { env: 'x', __address__: 'h:1' },
          },
        ],
        lastId: 6,
      },
    })
  })

  const all = '1 added h:1,2 added h:2,3 removed h:1,4 added h:3,5 removed h:2,6 added h:2'.split(
    ',',
  )
  it.each([
    ['everything', '', all],
    ['the latest', '?limit=2', all.slice(-2)],
    ['a page', '?after=1&limit=2', all.slice(1, 3)],
    ['nothing after the last', '?after=6', []],
    ['everything after a number of an earlier run', '?after=7', all],
    ['one set', '?set=b', all.slice(-2)],
    ['one cause', '?cause=restored', all.slice(0, 2)],
    ['one kind', '?kind=removed', ['3 removed h:1', '5 removed h:2']],
    ['one address', '?address=h:1', ['1 added h:1', '3 removed h:1']],
    ['another provider', '?provider=dns/0', []],
    ['another manager', '?manager=notify', []],
  ])('gives %s', async (_title, query, expected) => {
    expect(list(await ask(query))).toEqual(expected)
  })

  it.each(['?after=x', '?limit=-1', '?after=1e3'])('refuses %s', async (query) => {
    expect((await ask(query)).status).toBe(400)
  })

  it('forgets the oldest', async () => {
    expect(list(await ask('', filled(three, 2).log))).toEqual(all.slice(-2))
  })

  it('counts what is too much to be listed', async () => {
    const many = group({}, ...Array.from({ length: 501 }, (_, i) => `h:${String(i)}`))
    const changes = new Map([
      ['big', { before: undefined, after: many }],
      ['small', { before: undefined, after: group({}, 'h:x') }],
    ])
    const answer = await ask('', filled([event(undefined, undefined, { changes })]).log)
    expect(list(answer)).toEqual(['1 added h:x', '2 unlisted '])
    expect(answer.json()).toMatchObject({
      data: { events: [{}, { groups: 1, targetsBefore: 0, targetsAfter: 501 }] },
    })
  })

  it('is not there without a log', async () => {
    served = await serve(sources())
    expect((await served.request('/api/v1/targets/events')).status).toBe(404)
  })
})

/** A stream that is read as it comes. */
async function open(base: string, query = '', headers: Readonly<Record<string, string>> = {}) {
  const sent = http.get(`${base}/api/v1/targets/events${query}`, {
    agent: false,
    headers: { Accept: 'text/event-stream', ...headers },
  })
  const [response] = (await once(sent, 'response')) as [http.IncomingMessage]
  let text = ''
  response.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  const ids = (): number[] => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))
  return { response, ids, text: () => text }
}

describe('the stream of events', () => {
  it('begins with what is new, or after the number the client has seen', async () => {
    const { log, scrape } = filled(three)
    served = await serve(sources([], { events: log }))
    const fresh = await open(served.base)
    const resumed = await open(served.base, '?set=b', { 'Last-Event-ID': '1' })
    expect(fresh.response.headers['content-type']).toBe('text/event-stream')
    scrape.next(event(undefined, group({}, 'h:9')))
    scrape.next(event(undefined, group({}, 'h:9'), { set: 'b' }))
    await expect.poll(fresh.ids, { timeout: 10_000 }).toEqual([7, 8])
    await expect.poll(resumed.ids, { timeout: 10_000 }).toEqual([5, 6, 8])
    expect(fresh.text()).toContain('data: {"id":7,"at":"1970-01-01T00:00:00.000Z"')
  })

  it('ends with discovery, and leaves nothing behind when the client goes', async () => {
    const { log, scrape, notify } = filled([])
    served = await serve(sources([], { events: log }))
    const first = await open(served.base)
    const second = await open(served.base)
    first.response.destroy()
    await expect.poll(() => served?.server.connectionCount, { timeout: 10_000 }).toBe(1)
    const ended = once(second.response, 'end')
    scrape.complete()
    notify.complete()
    await ended
  })

  it('is open to sixteen at once', async () => {
    const { log } = filled([])
    served = await serve(sources([], { events: log }))
    const { base } = served
    const streams = await Promise.all(Array.from({ length: 16 }, () => open(base)))
    expect(streams.map(({ response }) => response.statusCode)).toEqual(Array(16).fill(200))
    expect((await open(base)).response.statusCode).toBe(204)
    streams[0]?.response.destroy()
    await expect
      .poll(async () => (await open(base)).response.statusCode, { timeout: 10_000 })
      .toBe(200)
  })
})
