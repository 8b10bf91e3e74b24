import { afterEach, describe, expect, it } from 'vitest'
import { createRelay } from '../../src/notifier/index.js'
import { type Served, serve, sources } from './helpers.js'

let served: Served | undefined
afterEach(async () => {
  await served?.stop()
  served = undefined
})

const json = { 'Content-Type': 'application/json' }

function relayInto(taken: unknown[]) {
  return createRelay({
    notifier: {
      send: (alerts) => {
        taken.push(...alerts)
        return true
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
    ['another media type', { 'Content-Type': 'text/plain' }, '[]', 415],
  ])('refuses %s', async (_title, headers, body, status) => {
    const taken: unknown[] = []
    served = await serve(sources([], { relay: relayInto(taken) }))
    const answer = await served.request('/api/v2/alerts', { method: 'POST', headers, body })
    expect(answer.status).toBe(status)
    expect(answer.json()).toMatchObject({ code: status })
    expect(taken).toEqual([])
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
