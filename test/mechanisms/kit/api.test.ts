import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import {
  type Api,
  type ApiOptions,
  createApi,
  readJsonOrNothing,
  withQuery,
} from '../../../src/mechanisms/kit/api.js'
import { AnswerError } from '../../../src/mechanisms/kit/errors.js'
import * as json from '../../../src/mechanisms/kit/shape.js'
import { Turns } from '../../../src/waiting/turns.js'
import { type Asked, clientOf, serve } from '../../http/harness.js'

interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

/** An API whose server answers each request by this. */
async function apiOf(
  answer: (asked: Asked, count: number) => Answer | string,
  options: Partial<ApiOptions> = {},
): Promise<{ readonly api: Api; readonly url: string; readonly asked: readonly Asked[] }> {
  const server = await serve((asked, response, count) => {
    const given = answer(asked, count)
    const { status = 200, headers = {}, body } = typeof given === 'string' ? { body: given } : given
    response.writeHead(status, headers).end(body)
  })
  const api = createApi({
    client: clientOf('bearer_token: geheim'),
    baseUrl: `${server.url}v1`,
    timeoutMs: 60_000,
    signal: new AbortController().signal,
    turns: new Turns(),
    ...options,
  })
  return { api, url: server.url, asked: server.asked }
}

const item = json.object({ id: json.id, name: json.text })
const page = json.object({ items: json.list(json.id), next: json.text })
type Page = json.Read<typeof page>
const nextOf = ({ next }: Page): string | undefined => (next === '' ? undefined : next)

async function idsOf(pages: AsyncIterable<Page>): Promise<readonly string[]> {
  const ids: string[] = []
  for await (const { items } of pages) ids.push(...items)
  return ids
}

describe('an API', () => {
  it('is asked below its base URL, with the credentials of the config', async () => {
    const { api, url, asked } = await apiOf(() => '{"id":1,"name":"a"}', {})
    expect(await api.get('/server', item)).toEqual({ id: '1', name: 'a' })
    expect(await api.get(`${url}other?x=y`, item)).toEqual({ id: '1', name: 'a' })
    expect(asked.map((each) => [each.method, each.url])).toEqual([
      ['GET', '/v1/server'],
      ['GET', '/other?x=y'],
    ])
    expect(asked[0]?.headers).toMatchObject({
      accept: 'application/json',
      'accept-encoding': 'gzip',
      authorization: 'Bearer geheim',
    })
  })

  it.each<[title: string, path: 'list' | 'one', body: string]>([
    ['many small elements', 'list', `[${'{},'.repeat(99_999)}{}]`],
    ['one element that has all of it', 'list', `[{"x":[${'"",'.repeat(400_000)}""]}]`],
    ['a value that has all of it', 'one', `{"x":[${'"",'.repeat(400_000)}""]}`],
  ])('refuses %s when that takes more memory than there is', async (_title, path, body) => {
    const { api } = await apiOf(() => body, { heapLimit: 64 << 20 })
    const asked = path === 'list' ? api.items('/', json.any) : api.get('/', json.any)
    await expect(asked).rejects.toThrow(
      "the answer would take more than 48 MiB of memory; Node's --max-old-space-size gives it more",
    )
  })

  it('takes as much text as comes, in as little memory', async () => {
    const long = 'a,{["'.repeat(400_000)
    const { api } = await apiOf(() => JSON.stringify([{ name: long }]), { heapLimit: 1 << 20 })
    expect(await api.items('/', item)).toEqual([{ id: '0', name: long }])
  })

  it('takes a base URL with a slash at its end for the one without', async () => {
    const { api, asked } = await apiOf(() => '{}', {})
    const slashed = createApi({
      client: clientOf(''),
      baseUrl: `http://127.0.0.1:1/v1//`,
      timeoutMs: 1000,
      signal: new AbortController().signal,
      turns: new Turns(),
    })
    await api.get('', item)
    expect(asked[0]?.url).toBe('/v1')
    await expect(slashed.get('/a', item)).rejects.toThrow('GET http://127.0.0.1:1/v1/a')
  })

  it('counts each request as it goes out', async () => {
    let count = 0
    const { api } = await apiOf((asked) => `{"next":"${asked.url === '/v1/a' ? '/b' : ''}"}`, {
      onRequest: () => {
        count += 1
      },
    })
    await idsOf(api.pages('/a', page, nextOf))
    expect(count).toBe(2)
  })

  it('sends what a request has of its own', async () => {
    const { api, asked } = await apiOf(() => '{}')
    await api.get('/q', item, { method: 'POST', body: '{"a":1}', headers: { 'x-a': 'b' } })
    expect(asked[0]).toMatchObject({ method: 'POST', body: '{"a":1}', headers: { 'x-a': 'b' } })
  })

  it.each([
    { status: 200, statuses: undefined },
    { status: 204, statuses: undefined },
    { status: 304, statuses: [200, 304] },
  ])('takes the status $status of $statuses', async ({ status, statuses }) => {
    const { api } = await apiOf(() => ({ status, body: '' }))
    await expect(api.ask('/', statuses && { statuses })).resolves.toMatchObject({ status })
  })

  it.each([
    { status: 401, statuses: undefined, says: 'server returned HTTP status 401 Unauthorized' },
    { status: 304, statuses: undefined, says: 'server returned HTTP status 304 Not Modified' },
    { status: 201, statuses: [200], says: 'server returned HTTP status 201 Created' },
  ])('refuses the status $status of $statuses', async ({ status, statuses, says }) => {
    const { api, url } = await apiOf(() => ({ status, body: '' }))
    await expect(api.ask('/x', statuses && { statuses })).rejects.toMatchObject({
      code: 'ERR_HTTP',
      kind: 'status',
      status,
      message: `${url}v1/x: ${says}`,
    })
  })

  it.each([429, 503])('passes on how long a server with status %i asks to wait', async (status) => {
    const { api } = await apiOf(() => ({ status, headers: { 'retry-after': '7' }, body: '' }), {
      refusal: () => 'busy',
    })
    await expect(api.get('/', item)).rejects.toMatchObject({
      message: 'busy',
      status,
      retryAfterMs: 7000,
    })
  })

  it('does not show what the server repeats of a header, which may be a token', async () => {
    const { api } = await apiOf(
      ({ headers }) => ({ status: 403, body: String(headers['x-auth-token']) }),
      {
        refusal: ({ body, status }) => `${String(status)}: bad token ${body.toString()}!`,
      },
    )
    await expect(
      api.ask('', { headers: { 'x-auth-token': 'geheim-1', 'x-interval': '3' } }),
    ).rejects.toThrow('403: bad token <secret>!')
  })

  it('says what the API itself says of an error, on one short line', async () => {
    const error = json.object({ message: json.text })
    const { api } = await apiOf(
      (_, count) => ({
        status: 400,
        body: count === 1 ? JSON.stringify({ message: `a\nb ${'x'.repeat(1000)}` }) : '<html>',
      }),
      {
        refusal: (response) => readJsonOrNothing(error, response).message || undefined,
      },
    )
    await expect(api.get('/', item)).rejects.toThrow(/^a b x{296}$/)
    await expect(api.get('/', item)).rejects.toThrow(/HTTP status 400 Bad Request$/)
  })

  it.each([
    ['<html>', 'the answer is not JSON'],
    ['', 'the answer is not JSON'],
    ['{"id":1', 'the answer is not JSON'],
    ['[]', 'expected an object, got a list'],
    ['{"id":"geheim"}', 'id: expected a whole number, got a string'],
  ])('refuses the answer %s, by URL and without showing it', async (body, says) => {
    const { api, url } = await apiOf(() => body)
    const asking = api.get('/x?y=1', item)
    await expect(asking).rejects.toThrow(AnswerError)
    await expect(asking).rejects.toMatchObject({
      code: 'ERR_MECHANISM_ANSWER',
      message: `${url}v1/x?y=1: ${says}`,
    })
  })

  it.each<[what: string, ask: (api: Api) => Promise<unknown>, body: string]>([
    ['a value', (api) => api.get('/', json.map(json.text)), '{"geheim":1}'],
    ['a list', (api) => api.items('/', json.map(json.text)), '[{"geheim":1}]'],
    [
      'a list that is read as it comes',
      async (api) => (await api.open('/')).each(json.map(json.text), (one) => one),
      '[{"geheim":1}]',
    ],
  ])('does not show a secret that is a key of %s', async (_, ask, body) => {
    const { api } = await apiOf(() => body)
    const asking = ask(api)
    await expect(asking).rejects.toThrow('["<secret>"]: expected a string, got a number')
    await expect(asking).rejects.not.toHaveProperty('cause')
  })

  it('does not show a secret in the URL of a page that is not asked for', async () => {
    const { api } = await apiOf(() => '{"next":"http://other.test/?token=geheim"}')
    await expect(idsOf(api.pages('/a', page, nextOf))).rejects.toThrow(
      'http://other.test/?token=<secret>: the list of pages leads to another host',
    )
  })

  it('shows no password of a URL', async () => {
    const { api, url } = await apiOf(() => '[]')
    const secret = url.replace('//', '//u:geheim@')
    await expect(api.get(secret, item)).rejects.toThrow(/^(?!.*geheim)/)
    await expect(api.get('http://u:geheim@127.0.0.1:1/', item)).rejects.toThrow(/^(?!.*geheim)/)
  })

  it('gives up an answer that is too large', async () => {
    const { api } = await apiOf(() => 'x'.repeat(2000))
    await expect(api.ask('/', { maxBytes: 1000 })).rejects.toMatchObject({ kind: 'too_large' })
  })

  it('gives up an answer that does not come', async () => {
    const server = await serve(() => undefined)
    const api = createApi({
      client: clientOf(''),
      baseUrl: server.url,
      timeoutMs: 1,
      signal: new AbortController().signal,
      turns: new Turns(),
    })
    await expect(api.get('/', item)).rejects.toMatchObject({ kind: 'timeout' })
  })

  it('asks nothing more when the poll is over', async () => {
    const controller = new AbortController()
    const { api, asked } = await apiOf(
      () => {
        controller.abort(new Error('reload'))
        return '{"items":[1],"next":"/b"}'
      },
      { signal: controller.signal },
    )
    await expect(idsOf(api.pages('/a', page, nextOf))).rejects.toThrow('reload')
    expect(asked).toHaveLength(1)
  })
})

describe('pages', () => {
  it('are asked for one after the other, until there is no next one', async () => {
    const { api, asked } = await apiOf(({ url }) => {
      const n = Number(new URL(url, 'http://h').searchParams.get('page') ?? 1)
      return `{"items":[${String(n)}],"next":"${n < 3 ? `/a?page=${String(n + 1)}` : ''}"}`
    })
    expect(await idsOf(api.pages('/a', page, nextOf))).toEqual(['1', '2', '3'])
    expect(asked.map(({ url }) => url)).toEqual(['/v1/a', '/v1/a?page=2', '/v1/a?page=3'])
  })

  it('may be named by whole URLs of the same host', async () => {
    const { api, asked } = await apiOf(({ url, headers }) =>
      url === '/v1/a' ? `{"next":"http://${headers.host ?? ''}/z"}` : '{}',
    )
    await idsOf(api.pages('/a', page, nextOf))
    expect(asked.map(({ url }) => url)).toEqual(['/v1/a', '/z'])
  })

  it.each([
    { name: 'to itself', next: () => '/a', asks: 1, says: 'it leads back to this page' },
    {
      name: 'to one before',
      next: (count: number) => (count % 2 === 1 ? '/b' : '/a'),
      asks: 2,
      says: 'it leads back to this page',
    },
    {
      name: 'to another host',
      next: () => 'http://evil.test/',
      asks: 1,
      says: 'http://evil.test/: the list of pages leads to another host',
    },
    {
      name: 'to what is not a URL',
      next: () => 'http://',
      asks: 1,
      says: 'the list of pages leads to another host',
    },
  ])('end in an error where one leads $name', async ({ next, asks, says }) => {
    const { api, asked } = await apiOf((_, count) => `{"next":"${next(count)}"}`)
    await expect(idsOf(api.pages('/a', page, nextOf))).rejects.toThrow(says)
    await expect(idsOf(api.pages('/a', page, nextOf))).rejects.toThrow(AnswerError)
    expect(asked).toHaveLength(2 * asks)
  })

  it('end in an error where there are more and more of them', async () => {
    let count = 0
    const api = createApi({
      client: {
        request: ({ url }) => {
          count += 1
          const body = Buffer.from(`{"next":"/a?${String(count)}"}`)
          return Promise.resolve({
            status: 200,
            statusText: '',
            url,
            body,
            header: () => undefined,
            withoutSecrets: (text) => text,
          })
        },
        stream: () => Promise.reject(new Error('not asked for')),
        close: () => Promise.resolve(),
      },
      baseUrl: 'http://h',
      timeoutMs: 1000,
      signal: new AbortController().signal,
      turns: new Turns(),
    })
    await expect(idsOf(api.pages('/a', page, nextOf))).rejects.toThrow(
      'http://h/a?10000: the list of pages does not end: it has more than 10000',
    )
    expect(count).toBe(10_000)
  })
})

describe('a list', () => {
  const padding = 'x'.repeat(1 << 16)
  const large = Array.from({ length: 20 }, (_, i) => ({ id: i, name: padding }))

  it.each([
    ['small', large.slice(0, 2)],
    ['large', large],
  ])('that is %s is read to its elements', async (_, items) => {
    const { api } = await apiOf(() => JSON.stringify(items))
    const read = await api.items('/', item)
    expect(read).toEqual(items.map(({ id, name }) => ({ id: String(id), name })))
  })

  it('that is null has no elements', async () => {
    const { api } = await apiOf(() => 'null')
    expect(await api.items('/', item)).toEqual([])
  })

  it.each([
    ['small', []],
    ['large', large],
  ])('that is %s and wrong says where', async (_, items) => {
    const { api, url } = await apiOf(({ url: path }) => {
      if (path === '/v1/cut') return JSON.stringify([...items, 1]).slice(0, -1)
      return JSON.stringify([...items, { name: 1 }])
    })
    const at = `${url}v1/x: [${String(items.length)}].name`
    await expect(api.items('/x', item)).rejects.toThrow(`${at}: expected a string, got a number`)
    await expect(api.items('/cut', item)).rejects.toThrow(`${url}v1/cut: the answer is not JSON`)
  })

  it('that is large is given up when the poll is over', async () => {
    const controller = new AbortController()
    const { api } = await apiOf(() => JSON.stringify(large), {
      signal: controller.signal,
      turns: new Turns({ budgetMs: 0.001 }),
    })
    const reading = api.items('/', {
      zero: undefined,
      read: () => controller.abort(new Error('reload')),
    })
    await expect(reading).rejects.toThrow('reload')
  })
})

describe('a query', () => {
  it.each([
    ['/a', {}, '/a'],
    ['/a', { x: undefined, y: '' }, '/a'],
    ['/a', { page: 2, name: 'b' }, '/a?name=b&page=2'],
    ['/a', { q: 'env in (a, b),!c' }, '/a?q=env+in+%28a%2C+b%29%2C%21c'],
    ['/a?z=1', { b: 'é' }, '/a?z=1&b=%C3%A9'],
  ])('of %s with %j is %s', (path, parameters, want) => {
    expect(withQuery(path, parameters)).toBe(want)
  })
})

const idOf = (one: { readonly id: string }): string => one.id

async function eachOf<M>(
  api: Api,
  path: string,
  make: (one: json.Read<typeof item>) => M,
  ask?: Parameters<Api['open']>[1],
): Promise<readonly M[]> {
  return await (await api.open(path, ask)).each(item, make)
}

describe('a list that is read as it comes', () => {
  const padding = 'x'.repeat(1 << 16)
  const large = Array.from({ length: 20 }, (_, i) => ({ id: i, name: padding }))

  it.each([
    ['small', large.slice(0, 2)],
    ['large', large],
  ])('and is %s gives what is made of its elements', async (_, items) => {
    const { api, asked } = await apiOf(() => JSON.stringify(items))
    expect(await eachOf(api, '/list', idOf, { headers: { 'x-a': 'b' } })).toEqual(
      items.map(({ id }) => String(id)),
    )
    expect(asked[0]).toMatchObject({
      method: 'GET',
      url: '/v1/list',
      headers: { accept: 'application/json', authorization: 'Bearer geheim', 'x-a': 'b' },
    })
  })

  it('and is null or empty has no elements', async () => {
    const { api } = await apiOf((_, count) => (count === 1 ? 'null' : '[]'))
    expect(await eachOf(api, '/', idOf)).toEqual([])
    expect(await eachOf(api, '/', idOf)).toEqual([])
  })

  it.each([
    ['small', []],
    ['large', large],
  ])('and is %s and wrong says where', async (_, items) => {
    const { api, url } = await apiOf(() => JSON.stringify([...items, { id: 'geheim' }]))
    await expect(eachOf(api, '/x', idOf)).rejects.toThrow(
      `${url}v1/x: [${String(items.length)}].id: expected a whole number, got a string`,
    )
  })

  it('ends with what is thrown when something is made of an element', async () => {
    const { api } = await apiOf(() => JSON.stringify(large))
    const error = new Error('not this one')
    const make = (): never => {
      throw error
    }
    await expect(eachOf(api, '/', make)).rejects.toBe(error)
  })

  it('says what the API says of an error, with the wait that it asks for', async () => {
    const error = json.object({ message: json.text })
    const { api } = await apiOf(
      () => ({
        status: 503,
        headers: { 'retry-after': '7' },
        body: JSON.stringify({ message: 'no manager', rest: padding }),
      }),
      { refusal: (response) => readJsonOrNothing(error, response).message },
    )
    await expect(eachOf(api, '/', idOf)).rejects.toMatchObject({
      message: 'no manager',
      status: 503,
      retryAfterMs: 7000,
    })
  })

  it.each([
    ['packed', (text: string): Buffer => gzipSync(text), undefined],
    ['not packed at all', (text: string): string => text, undefined],
    [
      'cut short',
      (text: string): Buffer => gzipSync(text).subarray(0, -20),
      'unexpected end of file',
    ],
  ])('and says that it is packed may be %s', async (_, pack, says) => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(pack(JSON.stringify(large)))
    })
    const { signal } = new AbortController()
    const options = { client: clientOf(''), baseUrl: server.url, turns: new Turns() }
    const asked = eachOf(createApi({ ...options, timeoutMs: 60_000, signal }), '/', idOf)
    if (says === undefined) expect(await asked).toHaveLength(20)
    else
      await expect(asked).rejects.toMatchObject({
        kind: 'protocol',
        message: `${server.url}: ${says}`,
      })
  })

  it('waits until it is read, or ends unread', async () => {
    const { api, asked } = await apiOf(() => JSON.stringify(large))
    const first = await api.open('/a')
    const second = await api.open('/b')
    expect(asked).toHaveLength(2)
    second.cancel()
    expect(await first.each(item, idOf)).toHaveLength(20)
    first.cancel()
    await expect(second.each(item, idOf)).rejects.toThrow()
  })

  it('is given up where it is too large', async () => {
    const { api } = await apiOf(() => JSON.stringify(large))
    await expect(eachOf(api, '/', idOf, { maxBytes: 100_000 })).rejects.toMatchObject({
      kind: 'too_large',
    })
  })

  it('is given up where it does not end in time, and where the poll is over', async () => {
    const server = await serve(
      (_, response) => void response.write(`[{"id":1,"name":"${padding}"},`),
    )
    const options = { client: clientOf(''), baseUrl: server.url, turns: new Turns() }
    const { signal } = new AbortController()
    const late = createApi({ ...options, timeoutMs: 50, signal })
    await expect(eachOf(late, '/', idOf)).rejects.toMatchObject({
      kind: 'timeout',
      message: `GET ${server.url}: no complete answer within 0.05s`,
    })
    const poll = new AbortController()
    const over = createApi({ ...options, timeoutMs: 60_000, signal: poll.signal })
    const reading = eachOf(over, '/', idOf)
    poll.abort(new Error('reload'))
    await expect(reading).rejects.toThrow('reload')
  })
})
