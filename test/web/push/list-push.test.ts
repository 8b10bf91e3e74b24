import { once } from 'node:events'
import http from 'node:http'
import { Subject } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import type { PoolChange } from '../../../src/scrape/index.js'
import { wantedWaitMs } from '../../../src/web/push/wanted-wait.js'
import type { PoolView } from '../../../src/web/index.js'
import { until } from '../../helpers/until.js'
import { listOf, pool, type Served, serve, type ServeOptions, sources } from '../helpers.js'

let served: Served | undefined
afterEach(async () => {
  await served?.stop()
  served = undefined
})

/** A job `a` whose list the test changes. */
class Changing {
  readonly changes = new Subject<PoolChange>()
  #pool: PoolView | undefined
  #version = 0
  #parts: Map<string, object> = new Map()
  isWhole = true

  constructor(...texts: readonly string[]) {
    this.show(...texts)
  }

  /** Each text is a part of the list; one that was there before is the same part. */
  show(...texts: readonly string[]): void {
    this.#version += 1
    this.#parts = new Map(texts.map((text) => [text, this.#parts.get(text) ?? {}]))
    const parts = [...this.#parts.values()]
    this.#pool = {
      ...pool('a', {}, String(this.#version)),
      list: (kind) => ({ ...listOf(kind, texts), parts }),
    }
    this.changes.next({ pool: 'a' })
  }

  remove(): void {
    this.#pool = undefined
    this.changes.next({ pool: 'a', removed: true })
  }

  /** Also what is not seen by those who follow. */
  stop(): void {
    this.changes.complete()
  }

  async serve(options: ServeOptions = {}): Promise<Served> {
    const { pools, ...rest } = sources([])
    served = await serve(
      {
        ...rest,
        isSettled: () => true,
        pools: {
          ...pools,
          changes: this.changes,
          pool: (name) => (name === 'a' ? this.#pool : undefined),
        },
      },
      options,
    )
    return served
  }
}

async function versionOf(from: Served): Promise<string> {
  return (await from.request('/http_sd/a')).headers.etag ?? ''
}

/** Resolves once this many requests wait at the server. */
async function held(from: Served, count: number): Promise<void> {
  await until(`${String(count)} requests wait`, async () => {
    const text = await from.registry.getSingleMetricAsString('muster_web_held_requests')
    return (
      text.includes(`muster_web_held_requests ${String(count)}\n`) ||
      text.endsWith(` ${String(count)}`)
    )
  })
}

describe('a request that waits', () => {
  it.each([
    ['a preference', '', { prefer: 'wait=30' }, 'wait=30'],
    ['a preference among others', '', { prefer: 'respond-async, wait="7"; x=y' }, 'wait=7'],
    ['a parameter', '?wait=30s', {}, 'wait=30'],
    ['a parameter without a unit', '?wait=20', {}, 'wait=20'],
    ['more than is allowed', '?wait=1h', {}, 'wait=300'],
  ])('is answered with the list once it changes: %s', async (_, query, headers, applied) => {
    const list = new Changing('{"a":1}')
    const from = await list.serve()
    const version = await versionOf(from)
    const answer = from.request(`/http_sd/a${query}`, {
      headers: { ...headers, 'if-none-match': version },
    })
    await held(from, 1)
    list.show('{"a":2}')
    const { status, text, headers: given } = await answer
    expect([status, text, given['preference-applied']]).toEqual([200, '[{"a":2}]', applied])
    expect(given.etag).not.toBe(version)
    expect(given.vary).toBe('Accept, Accept-Encoding')
    expect(given['content-type']).toBe('application/json')
    await held(from, 0)
  })

  it('is answered 304 when its time is over', async () => {
    const from = await new Changing('1').serve()
    const answer = await from.request('/http_sd/a?wait=10ms', {
      headers: { 'if-none-match': await versionOf(from) },
    })
    expect([answer.status, answer.headers['preference-applied']]).toEqual([304, 'wait=0'])
  })

  it.each([
    ['without a version', '?wait=30s', {}],
    ['with another version', '?wait=30s', { 'if-none-match': '"x"' }],
    ['with a preference that cannot be read', '', { prefer: 'wait=soon', 'if-none-match': '"x"' }],
  ])('is answered at once %s', async (_, query, headers) => {
    const from = await new Changing('1').serve()
    const answer = await from.request(`/http_sd/a${query}`, { headers })
    expect([answer.status, answer.text, answer.headers['accept-prefer']]).toEqual([
      200,
      '[1]',
      'wait',
    ])
  })

  it.each(['soon', '-1s', '1y'])(
    'is refused with a parameter that is no time: %s',
    async (wait) => {
      const from = await new Changing('1').serve()
      const answer = await from.request(`/http_sd/a?wait=${wait}`)
      expect([answer.status, answer.text]).toEqual([400, 'wait must be a time such as 30s\n'])
    },
  )

  it('gets what a gzip answer to anyone else would be', async () => {
    const list = new Changing('1')
    const from = await list.serve()
    const headers = { 'accept-encoding': 'gzip' }
    const answer = from.request('/http_sd/a?wait=30s', {
      headers: { ...headers, 'if-none-match': await versionOf(from) },
    })
    await held(from, 1)
    list.show('"a longer one"')
    const plain = await from.request('/http_sd/a', { headers })
    const { raw, headers: given } = await answer
    expect(raw).toEqual(plain.raw)
    expect(given['content-encoding']).toBe('gzip')
  })

  it('gets a list that is too long to be shared', async () => {
    const list = new Changing('1')
    const from = await list.serve()
    const answers = [1, 2].map(async () =>
      from.request('/http_sd/a?wait=30s', {
        headers: { 'if-none-match': await versionOf(from) },
      }),
    )
    await held(from, 2)
    const long = JSON.stringify('x'.repeat(200_000))
    list.show(long)
    for (const answer of answers) expect((await answer).text).toBe(`[${long}]`)
  })

  it('hears that its job is gone', async () => {
    const list = new Changing('1')
    const from = await list.serve()
    const answer = from.request('/http_sd/a?wait=30s', {
      headers: { 'if-none-match': await versionOf(from) },
    })
    await held(from, 1)
    list.remove()
    expect((await answer).status).toBe(404)
  })

  it('is answered when the daemon stops', async () => {
    const list = new Changing('1')
    const from = await list.serve()
    const answer = from.request('/http_sd/a?wait=30s', {
      headers: { 'if-none-match': await versionOf(from) },
    })
    await held(from, 1)
    list.stop()
    expect((await answer).status).toBe(304)
  })

  it('leaves nothing behind when its client goes', async () => {
    const list = new Changing('1')
    const from = await list.serve()
    const agent = new http.Agent()
    const headers = { 'if-none-match': await versionOf(from) }
    const sent = http.get(`${from.base}/http_sd/a?wait=30s`, { agent, headers })
    sent.on('error', () => {})
    await held(from, 1)
    sent.destroy()
    await held(from, 0)
    list.show('2')
    expect((await from.request('/http_sd/a')).text).toBe('[2]')
  })

  it('keeps no place from other connections', async () => {
    const list = new Changing('1')
    const from = await list.serve({ maxConnections: 2, maxWaiting: 2 })
    const headers = { 'if-none-match': await versionOf(from) }
    const answers: Promise<number>[] = []
    for (let count = 1; count <= 20; count += 1) {
      answers.push(from.request('/http_sd/a?wait=30s', { headers }).then(({ status }) => status))
      await held(from, count)
    }
    expect((await from.request('/-/healthy')).status).toBe(200)
    list.show('2')
    expect(new Set(await Promise.all(answers))).toEqual(new Set([200]))
  })
})

/** An open stream of events. */
class Follower {
  readonly events: string[] = []
  isOver = false
  readonly #response: http.IncomingMessage

  constructor(response: http.IncomingMessage) {
    this.#response = response
    let rest = ''
    response.on('data', (chunk: Buffer) => {
      const parts = (rest + chunk.toString()).split('\n\n')
      rest = parts.pop() ?? ''
      this.events.push(...parts.filter((text) => text !== ':'))
    })
    response.on('close', () => {
      this.isOver = true
    })
  }

  static async open(from: Served, headers: Record<string, string> = {}): Promise<Follower> {
    const sent = http.get(`${from.base}/http_sd/a`, {
      agent: false,
      headers: { accept: 'text/event-stream', ...headers },
    })
    const [response] = (await once(sent, 'response')) as [http.IncomingMessage]
    return new Follower(response)
  }

  /** The data of an event, once it is there. */
  async data(index: number): Promise<unknown> {
    await until('the event comes', () => this.events.length > index)
    const lines = (this.events[index] ?? '').split('\n')
    const data = lines.flatMap((line) => (line.startsWith('data: ') ? [line.slice(6)] : []))
    return { event: lines[0]?.replace('event: ', ''), ...(JSON.parse(data.join('\n')) as object) }
  }

  id(index: number): string {
    return /^id: (.*)$/m.exec(this.events[index] ?? '')?.[1] ?? ''
  }

  pause(): void {
    this.#response.pause()
  }

  close(): void {
    this.#response.destroy()
  }
}

describe('a stream', () => {
  it('gives the whole list, and then what changes', async () => {
    const list = new Changing('{"a":1}', '{"b":1}')
    const from = await list.serve()
    const follower = await Follower.open(from)
    expect(await follower.data(0)).toEqual({
      event: 'snapshot',
      set: [
        { source: '1', groups: [{ a: 1 }] },
        { source: '2', groups: [{ b: 1 }] },
      ],
      unset: [],
    })
    list.show('{"a":1}', '{"b":2}')
    expect(await follower.data(1)).toEqual({
      event: 'delta',
      set: [{ source: '3', groups: [{ b: 2 }] }],
      unset: ['2'],
    })
    expect(follower.id(1)).toBe((await versionOf(from)).replace('W/', '').replaceAll('"', ''))
    follower.close()
    await held(from, 0)
  })

  it('goes on where its client was', async () => {
    const list = new Changing('1', '2')
    const from = await list.serve()
    const first = await Follower.open(from)
    await first.data(0)
    first.close()
    await held(from, 0)
    list.show('1', '3')
    const second = await Follower.open(from, { 'last-event-id': first.id(0) })
    expect(await second.data(0)).toEqual({
      event: 'delta',
      set: [{ source: '3', groups: [3] }],
      unset: ['2'],
    })
    second.close()
  })

  it('begins with the whole list for a version that is not known any more', async () => {
    const from = await new Changing('1').serve()
    const follower = await Follower.open(from, { 'last-event-id': 'another' })
    expect(await follower.data(0)).toMatchObject({ event: 'snapshot' })
    follower.close()
  })

  it.each([
    ['the daemon stops', (list: Changing) => list.stop()],
    ['its job is gone', (list: Changing) => list.remove()],
  ])('ends when %s', async (_, end) => {
    const list = new Changing('1')
    const from = await list.serve()
    const follower = await Follower.open(from)
    await follower.data(0)
    end(list)
    await until('the stream ends', () => follower.isOver)
    await held(from, 0)
  })

  it('cuts a client that reads nothing, and others get every change', async () => {
    const list = new Changing('1')
    const from = await list.serve()
    const slow = await Follower.open(from)
    const quick = await Follower.open(from)
    await Promise.all([slow.data(0), quick.data(0)])
    await held(from, 2)
    slow.pause()
    let count = 0
    await until('the slow one is cut', async () => {
      count += 1
      list.show(JSON.stringify(`${String(count)} ${'x'.repeat(500_000)}`))
      await quick.data(count)
      const text = await from.registry.getSingleMetricAsString('muster_web_held_requests')
      return text.endsWith(' 1')
    })
    quick.close()
  })
})

describe('the wait that a request wants', () => {
  it.each([
    ['wait=5', 5000],
    ['WAIT = 5', 5000],
    ['return=minimal, wait=1, wait=2', 1000],
    ['wait', undefined],
    ['wait=-1', undefined],
    ['waiter=1', undefined],
    ['', undefined],
  ])('reads the preference %j', (prefer, ms) => {
    expect(wantedWaitMs(undefined, prefer)).toBe(ms)
  })
})
