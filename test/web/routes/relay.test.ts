import { once } from 'node:events'
import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { createRelay } from '../../../src/notifier/index.js'
import { until } from '../../helpers/until.js'
import { type Served, serve, sources } from '../helpers.js'

let served: Served | undefined
afterEach(async () => {
  await served?.stop()
  served = undefined
})

const json = { 'Content-Type': 'application/json' }

function relayInto(taken: unknown[]) {
  return createRelay({
    notifier: {
      sendValid: (alerts) => {
        taken.push(...alerts)
        return { kind: 'queued', taken: alerts.length, invalid: new Map() }
      },
    },
    build: sources().build,
    startedAt: new Date(0),
    config: () => 'global: {}\n',
    maxBodyBytes: 1000,
  })
}

describe('the relay', () => {
  it('takes alerts as Alertmanager does', async () => {
    const taken: unknown[] = []
    served = await serve(sources([], { relay: relayInto(taken) }))
    const answer = await served.request('/api/v2/alerts', {
      method: 'POST',
      headers: json,
      body: '[{"labels":{"alertname":"a"}}]',
    })
    expect([answer.status, answer.text]).toEqual([200, ''])
    expect(taken).toMatchObject([{ labels: { alertname: 'a' } }])
  })

  it.each([
    [
      'a body that says it is too long',
      { ...json, 'Content-Length': '2000' },
      ' '.repeat(2000),
      413,
    ],
    ['a body that turns out too long', json, ' '.repeat(2000), 413],
    ['no JSON', json, 'x', 400],
    ['a page of another site', { ...json, Origin: 'http://evil.test' }, '[]', 403],
    ['another media type', { 'Content-Type': 'text/plain' }, '[]', 415],
  ])('refuses %s', async (_title, headers, body, status) => {
    const taken: unknown[] = []
    served = await serve(sources([], { relay: relayInto(taken) }))
    const answer = await served.request('/api/v2/alerts', { method: 'POST', headers, body })
    expect(answer.status).toBe(status)
    expect(answer.json()).toMatchObject({ code: status })
    expect(taken).toEqual([])
  })

  /** Begins a post whose body has no end yet. */
  function begin(port: number, bytes: number): { request: ClientRequest; answer: Promise<number> } {
    const request = http.request({
      host: '127.0.0.1',
      port,
      path: '/api/v2/alerts',
      method: 'POST',
      agent: false,
      headers: { ...json, 'Transfer-Encoding': 'chunked' },
    })
    request.write(' '.repeat(bytes))
    const answer = once(request, 'response').then(([response]) => {
      const { statusCode = 0 } = (response as IncomingMessage).resume()
      return statusCode
    })
    // A refused body is not read to its end: writing the rest of it may fail.
    request.on('error', () => undefined)
    return { request, answer }
  }

  it('answers to a body that turns out too long, though the rest of it never comes', async () => {
    served = await serve(sources([], { relay: relayInto([]) }))
    const { request, answer } = begin(served.port, 1001)
    expect(await answer).toBe(413)
    request.destroy()
  })

  it('holds a bounded number of bodies at once, and takes others when they are gone', async () => {
    const taken: unknown[] = []
    served = await serve(sources([], { relay: relayInto(taken) }))
    const { port, request } = served
    const posts = Array.from({ length: 8 }, () => begin(port, 900))
    // Of those that wait, six have room; who comes too late is told so.
    const late = await Promise.race(posts.map(({ answer }) => answer))
    expect(late).toBe(503)
    for (const post of posts) post.request.destroy()
    const body = '[{"labels":{"alertname":"a"}}]'
    const send = () => request('/api/v2/alerts', { method: 'POST', headers: json, body })
    await until('there is room again', async () => (await send()).status === 200)
    expect(taken.length).toBeGreaterThan(0)
  })

  it('says what it is', async () => {
    served = await serve(sources([], { relay: relayInto([]) }))
    expect((await served.request('/api/v2/status')).json()).toMatchObject({
      cluster: { status: 'disabled' },
      versionInfo: { version: '1.2.3' },
    })
  })

  it('waits until the daemon is ready', async () => {
    served = await serve(sources([], { relay: relayInto([]), readiness: () => 'starting' }))
    const options = { method: 'POST', headers: json, body: '[]' }
    expect((await served.request('/api/v2/alerts', options)).status).toBe(503)
  })
})
