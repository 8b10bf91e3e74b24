import { describe, expect, it } from 'vitest'
import type { Alert } from '../../src/notifier/index.js'
import { createRelay } from '../../src/notifier/index.js'
import { relayCases } from './relay-cases.js'

const json = 'application/json'
const build = {
  version: '1.2.3',
  revision: 'abc',
  branch: 'main',
  buildUser: 'me',
  buildDate: '20260101-00:00:00',
  goVersion: 'node v20',
}

function relayOf(isRunning = true) {
  const sent: Alert[] = []
  const relay = createRelay({
    build,
    startedAt: new Date(0),
    config: () => 'global: {}\n',
    now: () => Date.UTC(2026, 5, 1),
    notifier: {
      send(alerts) {
        if (isRunning) sent.push(...alerts)
        return isRunning
      },
    },
  })
  return { relay, sent }
}

describe('the relay answers as Alertmanager does to', () => {
  it.each(relayCases)('$name', ({ body, status, answer, taken }) => {
    const { relay, sent } = relayOf()
    const given = relay.post(body, json)
    expect(given.status).toBe(status)
    if (answer === undefined)
      expect(given.body).toMatch(
        /^\{"code":400,"message":"parsing alerts body from \\"\\" failed, because /,
      )
    else expect(given.body).toBe(answer)
    expect(sent.map(({ labels }) => labels['x'])).toEqual(taken)
  })

  it.each([
    { type: 'application/json', status: 200 },
    { type: 'Application/JSON; charset=utf-8', status: 200 },
    { type: 'text/plain', status: 415 },
    { type: undefined, status: 415 },
  ])('a body of type $type with $status', ({ type, status }) => {
    const { relay } = relayOf()
    expect(relay.post('[]', type).status).toBe(status)
  })
})

describe('the relay', () => {
  it('says where a body is wrong', () => {
    const { relay } = relayOf()
    const { body } = relay.post('[{"labels":{"x":"1"}},{"labels":{"x":true}}]', json)
    expect(body).toBe(
      '{"code":400,"message":"parsing alerts body from \\"\\" failed, because alert 1: labels.x is a boolean, not a string"}',
    )
  })

  it('hands on what an alert says, and only that', () => {
    const { relay, sent } = relayOf()
    relay.post(
      '[{"labels":{"x":"1","__proto__":"p"},"annotations":{"a":""},"startsAt":"2026-01-01T02:00:00+02:00","endsAt":"2026-01-02","generatorURL":"http://x/y","other":1}]',
      json,
    )
    expect(sent).toEqual([
      {
        labels: JSON.parse('{"x":"1","__proto__":"p"}') as unknown,
        annotations: { a: '' },
        startsAt: new Date('2026-01-01T00:00:00Z'),
        endsAt: new Date('2026-01-02T00:00:00Z'),
        generatorURL: 'http://x/y',
      },
    ])
  })

  it('refuses a body that is nothing but depth', () => {
    const { relay } = relayOf()
    const depth = 1 << 20
    expect(relay.post(`${'['.repeat(depth)}${']'.repeat(depth)}`, json).status).toBe(400)
  })

  it('takes nothing once the notifier stops, and says so', () => {
    const { relay } = relayOf(false)
    expect(relay.post('[{"labels":{"x":"1"}}]', json)).toEqual({
      status: 503,
      body: '{"code":503,"message":"the notifier is stopping"}',
    })
  })

  it('has a status of the shape that clients check', () => {
    expect(relayOf().relay.status()).toEqual({
      cluster: { peers: [], status: 'disabled' },
      config: { original: 'global: {}\n' },
      uptime: '1970-01-01T00:00:00.000Z',
      versionInfo: build,
    })
  })
})
