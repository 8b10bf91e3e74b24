import { describe, expect, it } from 'vitest'
import { completeAlert } from '../../src/notifier/alert.js'
import {
  type Alert,
  createRelay,
  type KeepResult,
  type RelayOptions,
} from '../../src/notifier/index.js'
import { Turns } from '../../src/waiting/turns.js'
import { Relabeler } from '../../src/relabel/index.js'
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

const now = Date.UTC(2026, 5, 1)
const relabeler = new Relabeler([])
const rules = { resolveTimeoutMs: 300_000, resolvedHorizonMs: 0, externalLabels: [], relabeler }

function relayOf(isRunning = true, more: Partial<RelayOptions> = {}) {
  const sent: Alert[] = []
  const relay = createRelay({
    ...more,
    build,
    startedAt: new Date(0),
    config: () => 'global: {}\n',
    notifier: {
      sendValid(alerts) {
        if (!isRunning) return { kind: 'stopped' }
        const invalid = new Map<Alert, string>()
        for (const alert of alerts) {
          const completion = completeAlert(alert, rules, now)
          if (completion.kind === 'invalid') invalid.set(alert, completion.reason)
          else sent.push(alert)
        }
        return { kind: 'queued', taken: alerts.length, invalid }
      },
    },
  })
  return { relay, sent }
}

const post = (labels: readonly Record<string, string>[]): string =>
  JSON.stringify(labels.map((one) => ({ labels: one })))

describe('the relay of a daemon that keeps alerts', () => {
  interface Row {
    readonly name: string
    readonly body: string
    readonly result: KeepResult
    readonly answer: object
    readonly kept: readonly string[]
  }
  it.each<Row>([
    {
      name: '200 for what is on disk',
      body: post([{ x: '1' }, { x: '2' }]),
      result: { kind: 'kept' },
      answer: { status: 200, body: '' },
      kept: ['1', '2'],
    },
    {
      name: '400 where an alert is bad, and keeps the others',
      body: post([{ x: '1' }, {}]),
      result: { kind: 'kept' },
      answer: { status: 400, body: '"at least one label pair required"\n' },
      kept: ['1'],
    },
    {
      name: '503 for what is not, which is sent all the same',
      body: post([{ x: '1' }, {}]),
      result: { kind: 'not kept', reason: 'no space left on device' },
      answer: {
        status: 503,
        body: '{"code":503,"message":"the alerts are sent, but not kept: no space left on device"}',
      },
      kept: ['1'],
    },
  ])('answers $name', async ({ body, result, answer, kept }) => {
    const given: unknown[] = []
    const keep = (alerts: readonly Alert[], at: number): Promise<KeepResult> => {
      given.push(...alerts.map(({ labels }) => labels['x']), at)
      return Promise.resolve(result)
    }
    const { relay, sent } = relayOf(true, { log: { keep }, now: () => now })
    expect(await relay.post(body, json)).toEqual(answer)
    expect(given).toEqual([...kept, now])
    expect(sent.map(({ labels }) => labels['x'])).toEqual(kept)
  })

  it('lets posts wait for the disk together, and keeps none of a body that cannot be read', async () => {
    const waiting: ((result: KeepResult) => void)[] = []
    const keep = (alerts: readonly Alert[]): Promise<KeepResult> =>
      alerts.length === 0
        ? Promise.resolve({ kind: 'kept' })
        : new Promise((resolve) => waiting.push(resolve))
    const { relay } = relayOf(true, { log: { keep } })
    const answers = ['1', '2', '3'].map((x) => relay.post(post([{ x }]), json))
    expect((await relay.post('{', json)).status).toBe(400)
    expect(waiting).toHaveLength(3)
    for (const settle of waiting) settle({ kind: 'kept' })
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200])
  })
})

describe('the relay answers as Alertmanager does to', () => {
  it.each(relayCases)('$name', async ({ body, status, answer, taken }) => {
    const { relay, sent } = relayOf()
    const given = await relay.post(body, json)
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
  ])('a body of type $type with $status', async ({ type, status }) => {
    const { relay } = relayOf()
    expect((await relay.post('[]', type)).status).toBe(status)
  })
})

describe('the relay', () => {
  it('says where a body is wrong', async () => {
    const { relay } = relayOf()
    const { body } = await relay.post('[{"labels":{"x":"1"}},{"labels":{"x":true}}]', json)
    expect(body).toBe(
      '{"code":400,"message":"parsing alerts body from \\"\\" failed, because alert 1: labels.x is a boolean, not a string"}',
    )
  })

  it('hands on what an alert says, and only that', async () => {
    const { relay, sent } = relayOf()
    await relay.post(
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

  it('refuses a body that is nothing but depth', async () => {
    const { relay } = relayOf()
    const depth = 1 << 20
    const body = `${'['.repeat(depth)}${']'.repeat(depth)}`
    expect((await relay.post(body, json)).status).toBe(400)
  })

  it('refuses an alert that no Alertmanager could be expected to take, and takes the others', async () => {
    const { relay, sent } = relayOf()
    const large = { labels: { x: '1' }, annotations: { text: 'y'.repeat(1 << 20) } }
    const body = JSON.stringify([large, { labels: { x: '2' } }])
    expect(await relay.post(body, json)).toEqual({
      status: 400,
      body: '"an alert may have 1048576 characters, this one has 1048582"\n',
    })
    expect(sent.map(({ labels }) => labels['x'])).toEqual(['2'])
  })

  it('lets others have their turn while it takes a long body, and takes bodies in order', async () => {
    const { relay, sent } = relayOf()
    const long = JSON.stringify(Array.from({ length: 1000 }, () => ({ labels: { x: 'long' } })))
    const posts = [relay.post(long, json), relay.post('[{"labels":{"x":"short"}}]', json)]
    await new Promise((resolve) => setImmediate(resolve))
    expect(sent.length).toBeGreaterThan(0)
    expect(sent.length).toBeLessThan(1000)
    expect((await Promise.all(posts)).map(({ status }) => status)).toEqual([200, 200])
    expect(sent).toHaveLength(1001)
    expect(sent.at(-1)?.labels).toEqual({ x: 'short' })
  })

  it('asks after each alert whether the turn is over, and loses none', async () => {
    const sent: Alert[] = []
    let steps = 0
    const turns = new Turns({ clock: { now: () => steps, later: (go) => void setImmediate(go) } })
    const relay = createRelay({
      build,
      startedAt: new Date(0),
      config: () => '',
      turns,
      notifier: {
        // Each alert takes three milliseconds, and a turn has five.
        sendValid(alerts, isOver = () => false) {
          let taken = 0
          for (const alert of alerts) {
            sent.push(alert)
            steps += 3
            taken += 1
            if (isOver()) break
          }
          asked.push(taken)
          return {
            kind: 'queued',
            taken,
            invalid: new Map(alerts.slice(0, 1).map((one) => [one, 'odd'])),
          }
        },
      },
    })
    const asked: number[] = []
    const large = { labels: { x: 'y'.repeat(1_048_577) } }
    const alerts = Array.from({ length: 7 }, (_, i) => ({ labels: { x: String(i) } }))
    const answer = await relay.post(
      JSON.stringify([large, ...alerts.slice(0, 3), large, ...alerts.slice(3), large]),
      json,
    )
    expect(sent.map(({ labels }) => labels['x'])).toEqual(alerts.map(({ labels }) => labels.x))
    expect(asked).toEqual([2, 2, 2, 1])
    expect(answer.body.match(/may have/g)).toHaveLength(3)
    expect(answer.body.match(/odd/g)).toHaveLength(4)
  })

  it('takes nothing once the notifier stops, and says so', async () => {
    const { relay } = relayOf(false)
    expect(await relay.post('[{"labels":{"x":"1"}}]', json)).toEqual({
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
