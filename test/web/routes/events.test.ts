import { once } from 'node:events'
import http from 'node:http'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Hono } from 'hono'
import { type EventFacts, EventLog } from '../../../src/scrape/events/index.js'
import type { WebEnv } from '../../../src/web/context.js'
import { EventStreams } from '../../../src/web/routes/event-streams.js'
import { type Served, serve, sources } from '../helpers.js'

let served: Served | undefined
afterEach(async () => {
  vi.useRealTimers()
  await served?.stop()
  served = undefined
})

/** The id of the first event. */
const first = 1_000_000

function facts(address: string, more: Partial<EventFacts> = {}): EventFacts {
  const head = { kind: 'added', manager: 'scrape', set: 'a', provider: 'file/0' } as const
  return { ...head, cause: 'answer', address, ...more }
}

function filled(...events: readonly EventFacts[]): EventLog {
  const log = new EventLog({ capacity: 100, now: () => 1000 })
  for (const event of events) log.add(event)
  return log
}

const three = [
  facts('h:1', { labels: { env: 'x' } }),
  facts('h:2', { kind: 'dropped', set: 'b' }),
  facts('h:3', { kind: 'removed' }),
]

const ask = async (query: string, log: EventLog | undefined = filled(...three)) => {
  served = await serve(sources([], { events: log }))
  return await served.request(`/api/v1/targets/events${query}`)
}

const list = (answer: { json(): unknown }): string[] => {
  const { data } = answer.json() as { data: { events: readonly EventFacts[] } }
  return data.events.map(({ address = '' }) => address)
}

describe('GET /api/v1/targets/events', () => {
  it('says what became of targets, and why', async () => {
    expect((await ask('?limit=1&before=1000001')).json()).toEqual({
      status: 'success',
      data: {
        events: [
          {
            id: first,
            at: '1970-01-01T00:00:01.000Z',
            kind: 'added',
            manager: 'scrape',
            set: 'a',
            provider: 'file/0',
            cause: 'answer',
            address: 'h:1',
            labels: { env: 'x' },
          },
        ],
        lastId: first + 2,
      },
    })
  })

  it.each([
    ['everything', '', ['h:1', 'h:2', 'h:3']],
    ['the latest', '?limit=2', ['h:2', 'h:3']],
    ['what follows', `?after=${String(first)}&limit=1`, ['h:2']],
    ['one set', '?set=b', ['h:2']],
    ['some kinds', '?kind=added,removed', ['h:1', 'h:3']],
    ['some kinds, one by one', '?kind=added&kind=dropped', ['h:1', 'h:2']],
    ['one address', '?address=h:3', ['h:3']],
    ['those with a label', `?text=${encodeURIComponent('env="x"')}`, ['h:1']],
    ['another manager', '?manager=notify', []],
    ['another provider', '?provider=dns/0', []],
    ['another cause', '?cause=reload', []],
  ])('gives %s', async (_title, query, expected) => {
    expect(list(await ask(query))).toEqual(expected)
  })

  it.each([
    ['?after=x', 'after must be a whole number'],
    ['?before=-1', 'before must be a whole number'],
    ['?limit=1e3', 'limit must be a whole number'],
    ['?limit=0', 'limit must be above 0'],
    ['?kind=gone', 'kind must be one of added, removed, changed, dropped, failed, held'],
  ])('refuses %s: %s', async (query, error) => {
    const answer = await ask(query)
    expect(answer.status).toBe(400)
    expect(answer.json()).toEqual({ status: 'error', errorType: 'bad_data', error })
  })

  it('says how to get a log where there is none', async () => {
    served = await serve(sources())
    const answer = await served.request('/api/v1/targets/events')
    expect(answer.status).toBe(404)
    expect(answer.text).toContain('--discovery.events is 0')
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
  const ids = (): number[] => {
    return [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id) - first)
  }
  return { response, ids, text: () => text }
}

const polling = { timeout: 20_000 }

describe('the stream of events', () => {
  it('begins with what is new, or after the event the client has seen', async () => {
    const log = filled(...three)
    served = await serve(sources([], { events: log }))
    const fresh = await open(served.base)
    const resumed = await open(served.base, '?set=b', { 'Last-Event-ID': String(first) })
    expect(fresh.response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
    })
    log.add(facts('h:4'))
    log.add(facts('h:5', { set: 'b' }))
    await expect.poll(fresh.ids, polling).toEqual([3, 4])
    await expect.poll(resumed.ids, polling).toEqual([1, 4])
    expect(fresh.text()).toMatch(/^:\n\nid: 1000003\ndata: \{"id":1000003,"at":"1970/)
  })

  it('says how many events a client has missed for good', async () => {
    const log = new EventLog({ capacity: 2, now: () => 1000 })
    for (const event of [...three, ...three]) log.add(event)
    served = await serve(sources([], { events: log }))
    const { text } = await open(served.base, `?after=${String(first)}`)
    await expect.poll(text, polling).toContain('event: lost\ndata: {"count":3}\n\nid: 1000004\n')
  })

  it('shows that it lives', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    served = await serve(sources([], { events: filled() }))
    const stream = await open(served.base)
    await vi.advanceTimersByTimeAsync(30_000)
    await expect.poll(stream.text, polling).toBe(':\n\n:\n\n:\n\n')
    stream.response.destroy()
    await expect.poll(() => vi.getTimerCount(), polling).toBe(0)
  })

  it('ends with the log, and leaves nothing behind when the client goes', async () => {
    const log = filled()
    served = await serve(sources([], { events: log }))
    const gone = await open(served.base)
    const left = await open(served.base)
    gone.response.destroy()
    await expect.poll(() => served?.server.connectionCount, polling).toBe(1)
    const ended = once(left.response, 'end')
    log.close()
    await ended
  })

  it('is cut off for a client that does not read', async () => {
    const log = filled()
    served = await serve(sources([], { events: log }))
    const sent = http.get(`${served.base}/api/v1/targets/events`, {
      agent: false,
      headers: { Accept: 'text/event-stream' },
    })
    const [response] = (await once(sent, 'response')) as [http.IncomingMessage]
    response.pause()
    const labels = { value: 'x'.repeat(15_000) }
    // More than every buffer on the way can hold.
    await expect
      .poll(() => {
        for (let i = 0; i < 50; i += 1) log.add(facts('h:1', { labels }))
        return served?.server.connectionCount
      }, polling)
      .toBe(0)
    response.destroy()
  })

  it('catches a client up that is megabytes behind, as far as the log goes', async () => {
    const labels = { value: 'x'.repeat(15_000) }
    const log = new EventLog({ capacity: 300, now: () => 1000 })
    for (let i = 0; i < 400; i += 1) log.add(facts(`h:${String(i)}`, { labels }))
    served = await serve(sources([], { events: log }))
    const stream = await open(served.base, '', { 'Last-Event-ID': String(first) })
    const kept = Array.from({ length: 300 }, (_, i) => 100 + i)
    await expect.poll(stream.ids, polling).toEqual(kept)
    expect(stream.text()).toMatch(/^event: lost\ndata: \{"count":99\}\n\nid: 1000100\n/)
    log.add(facts('h:400'))
    await expect.poll(stream.ids, polling).toEqual([...kept, 400])
  })

  it('tells a slow client how many events it missed meanwhile', async () => {
    const log = new EventLog({ capacity: 10, now: () => 1000 })
    log.add(facts('h:0'))
    const streams = new EventStreams({ maxUnread: Infinity })
    const app = new Hono<WebEnv>().get('/', async (c) => {
      c.set('sent', { bytes: 0 })
      return await streams.open(c, log, { kinds: [] }, undefined)
    })
    served = await serve(sources(), { app })
    const sent = http.get(served.base, { agent: false })
    const [response] = (await once(sent, 'response')) as [http.IncomingMessage]
    response.pause()
    const labels = { value: 'x'.repeat(15_000) }
    // More than every buffer on the way can hold.
    for (let i = 1; i <= 2000; i += 1) {
      log.add(facts(`h:${String(i)}`, { labels }))
      if (i % 20 === 0) await served.request('/missing')
    }
    let text = ''
    response.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    response.resume()
    await expect.poll(() => text, polling).toContain(`id: ${String(first + 2000)}\n`)
    const told = [...text.matchAll(/^data: \{"(?:id|count":(\d+))/gm)].map(([, n]) =>
      Number(n ?? 1),
    )
    expect(told.reduce((sum, count) => sum + count, 0)).toBe(2000)
    expect(told.some((count) => count > 1)).toBe(true)
    response.destroy()
  })

  it('is open to sixteen at once', async () => {
    served = await serve(sources([], { events: filled() }))
    const { base } = served
    const streams = await Promise.all(Array.from({ length: 16 }, () => open(base)))
    expect(streams.map(({ response }) => response.statusCode)).toEqual(Array(16).fill(200))
    expect((await open(base)).response.statusCode).toBe(204)
    streams[0]?.response.destroy()
    await expect.poll(async () => (await open(base)).response.statusCode, polling).toBe(200)
  })
})
