import { asyncScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { HttpClient } from '../../../src/http/index.js'
import { http, httpGroups } from '../../../src/mechanisms/http.js'
import { createApi } from '../../../src/mechanisms/kit/api.js'
import { Turns } from '../../../src/waiting/turns.js'
import { clientOf, serve } from '../../http/harness.js'
import { type Polling, pollingOf } from '../polling.js'
import { readSection } from './harness.js'

type Answer = Parameters<typeof serve>[0]

function json(body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body)
  }
}

/** Answers each request with the next of these, the last one for ever. */
function inTurn(...answers: readonly Answer[]): Answer {
  return (asked, response, count) => {
    answers[Math.min(count, answers.length) - 1]?.(asked, response, count)
  }
}

async function start(answer: Answer): Promise<{
  readonly poll: Polling['poll']
  readonly url: string
  readonly asked: Awaited<ReturnType<typeof serve>>['asked']
}> {
  const server = await serve(answer)
  const url = `${server.url}sd`
  const { poll } = pollingOf(http, `{url: "${url}", refresh_interval: 1500ms}`)
  return { poll, url, asked: server.asked }
}

const type = (value: string): Answer => json('[]', { 'content-type': value })

describe('a poll of HTTP discovery', () => {
  it('asks as Prometheus does, and names each group by URL and position', async () => {
    const { poll, url, asked } = await start(
      json('[{"targets":["a:1","b:2"],"labels":{"x":"y","__meta_url":"z"}},{"targets":["c:3"]}]'),
    )
    expect(await poll()).toEqual([
      {
        source: `${url}:0`,
        labels: { x: 'y', __meta_url: url },
        targets: [{ __address__: 'a:1' }, { __address__: 'b:2' }],
      },
      { source: `${url}:1`, labels: { __meta_url: url }, targets: [{ __address__: 'c:3' }] },
    ])
    expect(asked[0]).toMatchObject({
      method: 'GET',
      url: '/sd',
      headers: { accept: 'application/json', 'x-prometheus-refresh-interval-seconds': '1.5' },
    })
    expect(asked[0]?.headers).not.toHaveProperty('accept-encoding')
  })

  it('keeps a password of the URL out of labels and sources', async () => {
    const server = await serve(json('[{"targets":["a"]}]'))
    const url = server.url.replace('//', '//u:geheim@')
    const groups = await pollingOf(http, `{url: "${url}"}`).poll()
    expect(JSON.stringify(groups)).not.toContain('geheim')
    expect(groups[0]?.labels).toEqual({ __meta_url: server.url.replace('//', '//u:xxxxx@') })
    expect(server.asked[0]?.headers.authorization).toMatch(/^Basic /)
  })

  it.each<[says: string, answer: Answer]>([
    ['group 0: json: unknown field "<secret>"', json('[{"geheim":1}]')],
    ['label "<secret>" must be a text', json('[{"targets":["a"],"labels":{"geheim":1}}]')],
    ['unsupported content type "text/<secret>"', type('text/geheim')],
    [
      'server returned HTTP status 403 <secret>',
      (_, response) => response.writeHead(403, 'geheim').end(),
    ],
  ])('says %s of a server that repeats the credentials', async (says, answer) => {
    const { url } = await serve(answer)
    const { poll } = pollingOf(http, `{url: "${url}", bearer_token: geheim}`)
    await expect(poll()).rejects.toThrow(says)
  })

  it('gives the very same groups while the body stays the same', async () => {
    const { poll } = await start(json('[{"targets":["a"]}]'))
    const [first] = await poll()
    expect((await poll())[0]).toBe(first)
    expect((await poll())[0]).toBe(first)
  })

  it('deletes the groups that a shorter list leaves out, once', async () => {
    const { poll, url } = await start(
      inTurn(
        json('[{"targets":["a"]},{"targets":["b"]},{"targets":["c"]}]'),
        json('[{"targets":["a"]}]'),
        json('[{"targets":["a2"]}]'),
      ),
    )
    const sources = async (): Promise<readonly string[]> =>
      (await poll()).map((g) => `${g.source.replace(url, '')} ${String(g.targets.length)}`)
    expect(await sources()).toEqual([':0 1', ':1 1', ':2 1'])
    expect(await sources()).toEqual([':0 1', ':1 0', ':2 0'])
    expect(await sources()).toEqual([':0 1'])
  })

  it.each([
    'application/json;charset=utf-8',
    'application/json;charset=UTF-8',
    'Application/JSON;Charset="utf-8"',
    'application/json; charset="utf-8"',
    'application/json',
    '  application/json  ',
  ])('takes the content type %j', async (value) => {
    const { poll } = await start(type(value))
    expect(await poll()).toEqual([])
  })

  it.each([
    'application/jsonl; charset="utf-8"',
    'application/json;charset=UTF-9',
    'application /json;charset=UTF-8',
    'application/ json;charset=UTF-8',
    'application/json;',
    'charset=UTF-8',
    'text/plain',
  ])('refuses the content type %j', async (value) => {
    const { poll } = await start(type(value))
    await expect(poll()).rejects.toThrow(`unsupported content type ${JSON.stringify(value)}`)
  })

  it.each([
    ['not JSON', '[{', 'invalid JSON'],
    ['nothing', '', 'invalid JSON'],
    ['no list', '{"targets":[]}', 'the top level must be a list of groups'],
    ['a missing group', '[null]', 'nil target group item found'],
    ['an unknown field', '[{"target":["a"]}]', 'json: unknown field "target"'],
    ['a target that is no text', '[{"targets":[1]}]', 'targets[0] must be a text'],
    ['a label that is no text', '[{"labels":{"a":1}}]', 'label "a" must be a text'],
  ])('refuses %s', async (_, body, message) => {
    const { poll } = await start(json(body))
    await expect(poll()).rejects.toThrow(message)
  })

  it.each([
    [201, '201 Created'],
    [304, '304 Not Modified'],
  ])('refuses the status %i', async (status, line) => {
    const { poll } = await start((_, response) => response.writeHead(status).end('[]'))
    await expect(poll()).rejects.toThrow(`server returned HTTP status ${line}`)
  })

  it('takes no more than 512 MiB', async () => {
    let taken = 0
    const client: HttpClient = {
      request: ({ maxBytes = 0 }) => {
        taken = maxBytes
        return Promise.reject(new Error('seen'))
      },
      stream: () => Promise.reject(new Error('not a poll')),
      close: () => Promise.resolve(),
    }
    const { config } = readSection('{url: "http://a"}')
    const api = createApi({
      client,
      baseUrl: config.url,
      timeoutMs: 1,
      signal: new AbortController().signal,
      turns: new Turns(),
    })
    const search = httpGroups(config, { scheduler: asyncScheduler })
    await expect(search.find(api, undefined)).rejects.toThrow('seen')
    expect(taken).toBe(512 << 20)
  })

  it('counts deletions from the last good answer, over failures in between', async () => {
    const { poll, url } = await start(
      inTurn(
        json('[{"targets":["a"]},{"targets":["b"]}]'),
        (_, response) => response.writeHead(500).end(),
        json('[]'),
      ),
    )
    await poll()
    await expect(poll()).rejects.toThrow('500')
    expect((await poll()).map((g) => g.source)).toEqual([`${url}:0`, `${url}:1`])
  })

  const date = 'Sun, 22 Nov 2026 10:00:30 GMT'
  it.each([
    { name: 'an ETag', headers: { etag: '"1"' }, want: ['"1"', undefined] },
    {
      name: 'an old date',
      headers: { 'last-modified': 'Sun, 22 Nov 2026 10:00:28 GMT', date },
      want: [undefined, 'Sun, 22 Nov 2026 10:00:28 GMT'],
    },
    {
      name: 'both',
      headers: { etag: 'W/"1"', 'last-modified': 'Sun, 22 Nov 2026 10:00:00 GMT', date },
      want: ['W/"1"', undefined],
    },
    {
      name: 'a date of just now',
      headers: { etag: '"1"', 'last-modified': 'Sun, 22 Nov 2026 10:00:29 GMT', date },
      want: [undefined, undefined],
    },
    {
      name: 'a date that cannot be read',
      headers: { 'last-modified': 'yesterday', date },
      want: [undefined, undefined],
    },
    { name: 'neither', headers: {}, want: [undefined, undefined] },
  ])('asks under the condition that $name allows', async ({ headers, want }) => {
    const { poll, asked } = await start(
      inTurn(json('[{"targets":["a"]}]', headers), (request, response, count) => {
        const { 'if-none-match': etag, 'if-modified-since': since } = request.headers
        if (etag ?? since) response.writeHead(304).end()
        else json('[{"targets":["a"]}]', headers)(request, response, count)
      }),
    )
    const [first] = await poll()
    expect((await poll())[0]).toBe(first)
    expect((await poll())[0]).toBe(first)
    for (const request of asked.slice(1)) {
      const { 'if-none-match': etag, 'if-modified-since': since } = request.headers
      expect([etag, since]).toEqual(want)
    }
  })

  it('reads a large list in pieces, to the same groups', async () => {
    const groups = Array.from({ length: 20_000 }, (_, i) => ({
      targets: [`a"\\[{,${String(i)}`, 'b]}'],
      labels: { i: String(i), q: '\\"' },
    }))
    const body = JSON.stringify(groups, undefined, 1)
    expect(body.length).toBeGreaterThan(1 << 20)
    const { poll } = await start(json(body))
    const read = await poll()
    expect(read).toHaveLength(20_000)
    expect(read.map((g) => [g.targets.map((t) => t['__address__']), g.labels['i']])).toEqual(
      groups.map((g) => [g.targets, g.labels.i]),
    )
  })

  const padding = JSON.stringify({ targets: ['x'.repeat(1 << 19)] })
  it.each([
    ['is cut off', `[${padding},{"targets":["a"]}`, 'invalid JSON'],
    ['lacks an element', `[${padding},,{}]`, 'invalid JSON'],
    ['ends in a comma', `[${padding},]`, 'invalid JSON'],
    ['goes on after its end', `[${padding}] x`, 'invalid JSON'],
    ['mixes its brackets', `[${padding}}`, 'invalid JSON'],
    ['is no list', padding, 'the top level must be a list of groups'],
    ['has a bad group', `[${padding},{"x":1}]`, 'group 1: json: unknown field "x"'],
  ])('refuses a large body that %s', async (_, body, message) => {
    const { poll } = await start(json(body))
    await expect(poll()).rejects.toThrow(message)
  })

  it('gives up a large body when the answer is not wanted any more', async () => {
    const server = await serve(json(`[${Array.from({ length: 8 }, () => padding).join(',')}]`))
    const controller = new AbortController()
    const search = httpGroups(readSection(`{url: "${server.url}"}`).config, {
      scheduler: asyncScheduler,
    })
    const api = createApi({
      client: clientOf(''),
      baseUrl: server.url,
      timeoutMs: 60_000,
      signal: controller.signal,
      turns: new Turns(),
    })
    const polling = search.find(api, undefined)
    controller.abort(new Error('reload'))
    await expect(polling).rejects.toThrow('reload')
  })
})
