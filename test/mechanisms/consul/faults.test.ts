import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { until } from '../../helpers/until.js'
import { FakeConsul, type Fault } from './fake-consul.js'
import { type Harness, harness, type Run } from './harness.js'

let consul: FakeConsul
let muster: Harness

beforeEach(async () => {
  consul = await FakeConsul.listen()
  onTestFinished(() => consul.close())
  muster = harness()
})

afterEach(() => {
  vi.useRealTimers()
})

/** A discoverer that has found a service, perhaps among others, and waits for changes of all. */
async function settled(yaml = '', watches = 2): Promise<Run> {
  consul.set('web', [{ id: 'web-1' }])
  const run = muster.run(`server: 127.0.0.1:${String(consul.port)}\n${yaml}`)
  await passUntil('the watches', 10, () => consul.waiting === watches)
  return run
}

/** Lets time pass until a request was made that was due. */
async function passUntil(what: string, stepMs: number, condition: () => boolean): Promise<void> {
  await until(what, () => {
    if (!condition()) muster.clock.advance(stepMs)
    return condition()
  })
}

const errorsOf = (run: Run): readonly string[] => run.context.errors.map(String)

describe('when Consul is gone', () => {
  it('keeps what it found, tries with growing waits and few requests, and follows when it is back', async () => {
    for (let i = 0; i < 20; i += 1) consul.set(`svc-${String(i)}`, [{ id: `svc-${String(i)}` }])
    const run = await settled('', 22)
    const { port } = consul
    await consul.close()
    await until('the failure', () => run.context.errors.length === 1)
    expect(run.ids()).toHaveLength(21)

    // Of 22 watches one at a time tries, first after three quarters of a second (half random).
    expect(muster.clock.pending).toBe(1)
    await passUntil('four tries', 750, () => run.context.errors.length === 5)
    expect(run.context.lines.filter(({ level }) => level === 'error')).toHaveLength(5)
    expect(run.ids()).toHaveLength(21)

    const back = await FakeConsul.listen(port)
    onTestFinished(() => back.close())
    back.set('new', [{ id: 'new-1' }])
    await passUntil('what it has now', 15_000, () => run.ids().join() === 'new-1')
    expect(run.emissions.flat().filter(({ targets }) => targets.length === 0)).toHaveLength(21)
  })

  it('finds it when it was not there at the start', async () => {
    const { port } = consul
    await consul.close()
    const run = muster.run(`server: 127.0.0.1:${String(port)}`)
    await until('the failure', () => run.context.errors.length === 1)
    expect(run.emissions).toEqual([])
    expect(run.context.lines[0]).toMatchObject({
      level: 'error',
      message: 'Error retrieving datacenter name',
    })
    const back = await FakeConsul.listen(port)
    onTestFinished(() => back.close())
    back.set('web', [{ id: 'web-1' }])
    await passUntil('the service', 1_000, () => run.ids().length === 1)
  })

  it('reads everything again although the index is the same as before', async () => {
    const run = await settled('services: [web]', 1)
    const { port } = consul
    await consul.close()
    const back = await FakeConsul.listen(port)
    onTestFinished(() => back.close())
    // The index of the first change of a server is the same on each.
    back.set('web', [{ id: 'web-2' }])
    await passUntil('what it has now', 1_000, () => run.ids()[0] === 'web-2')
  })
})

describe('when Consul answers badly', () => {
  const faults: readonly [string, Fault, string][] = [
    ['closes the connection', { kind: 'reset' }, 'other side closed'],
    ['ends in the middle of an answer', { kind: 'cut' }, 'other side closed'],
    [
      'fails',
      { kind: 'status', status: 500, body: 'No cluster leader' },
      '500 to /v1/health/service/web: No cluster leader',
    ],
    ['is overloaded', { kind: 'status', status: 503 }, '503'],
    [
      'refuses',
      { kind: 'status', status: 403, body: 'ACL not found' },
      '403 to /v1/health/service/web: ACL not found',
    ],
    ['answers no JSON', { kind: 'body', body: '<html>' }, 'not JSON'],
    [
      'answers other JSON',
      { kind: 'body', body: '{"error":1}' },
      'where a list of instances was expected',
    ],
    [
      'answers half of an instance',
      { kind: 'body', body: '[{"Node":{}}]' },
      'where an instance was expected',
    ],
  ]
  it.each(faults)(
    'keeps what it found, says so, and recovers: it %s',
    async (_, fault, message) => {
      const run = await settled()
      consul.fault = (url) => (url.includes('/service/web') ? fault : undefined)
      // The answer under way is still good; the one after it is not.
      consul.set('web', [{ id: 'web-1' }, { id: 'web-2' }])
      await passUntil('the failure', 1_000, () => run.context.errors.length > 0)
      expect(errorsOf(run)[0]).toContain(message)
      expect(run.ids()).toEqual(['web-1', 'web-2'])
      expect(run.context.lines.at(0)).toMatchObject({
        level: 'error',
        message: 'Error refreshing service',
        fields: { service: 'web' },
      })
      const wells = run.context.wells
      consul.fault = () => undefined
      consul.set('web', [{ id: 'web-3' }])
      await passUntil('the recovery', 1_000, () => run.ids().join(',') === 'web-3')
      expect(run.context.wells).toBeGreaterThan(wells)
    },
  )

  it('gives up an answer that does not come to its end, and recovers', async () => {
    const run = await settled()
    consul.fault = (url) => (url.includes('/service/web') ? { kind: 'drip' } : undefined)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    consul.set('web', [{ id: 'web-2' }])
    const asked = (): number => consul.requests.filter((url) => url.includes('/service/web')).length
    await until('the request', () => asked() === 3)
    muster.clock.advance(135_000)
    await vi.advanceTimersByTimeAsync(135_000)
    await until('the failure', () => run.context.errors.length === 1)
    expect(errorsOf(run)[0]).toContain('no complete answer within 135s')
    expect(run.ids()).toEqual(['web-2'])
    consul.fault = () => undefined
    consul.set('web', [{ id: 'web-3' }])
    await passUntil('the recovery', 1_000, () => run.ids()[0] === 'web-3')
  })

  it('goes on with other services while one fails', async () => {
    consul.set('bad', [{ id: 'bad-1' }])
    consul.fault = (url) =>
      url.includes('/service/bad') ? { kind: 'status', status: 500 } : undefined
    const run = await settled()
    expect(run.ids()).toEqual(['web-1'])
    consul.set('web', [{ id: 'web-2' }])
    await until('the change', () => run.ids()[0] === 'web-2')
  })

  it('waits as long as Retry-After asks', async () => {
    const run = await settled('services: [web]', 1)
    consul.fault = () => ({ kind: 'status', status: 429, headers: { 'retry-after': '40' } })
    consul.set('web', [{ id: 'web-2' }])
    await until('the refusal', () => run.context.errors.length === 1)
    const before = consul.requests.length
    muster.clock.advance(39_999)
    expect(consul.requests).toHaveLength(before)
    consul.fault = () => undefined
    muster.clock.advance(1)
    await until('the next request', () => consul.requests.length > before)
  })

  it('starts from index 0 when the index goes backwards', async () => {
    const run = await settled('services: [web]', 1)
    const health = (): readonly string[] =>
      consul.requests.filter((url) => url.includes('/health/'))
    consul.rewind()
    await until('the watch', () => health().length === 4 && consul.waiting === 1)
    expect(health().map((url) => /index=(\d+)/.exec(url)?.[1] ?? '0')).toEqual([
      '0',
      '11',
      '0',
      '1',
    ])
    consul.set('web', [{ id: 'web-2' }])
    await until('the change', () => run.ids()[0] === 'web-2')
  })

  it('does not believe a server without a leader that answers from the past', async () => {
    const run = await settled('services: [web]', 1)
    consul.knowsLeader = false
    consul.restart()
    await passUntil('the failure', 1_000, () => run.context.errors.length > 0)
    expect(errorsOf(run)[0]).toContain('Consul has no leader and answers with older data')
    expect(run.ids()).toEqual(['web-1'])
    consul.knowsLeader = true
    await passUntil('what it has now', 1_000, () => run.ids().length === 0)
  })

  it('asks no faster than refresh_interval where there is no index', async () => {
    consul.fault = (url) =>
      url.includes('/service/web') ? { kind: 'status', status: 200, body: '[]' } : undefined
    const run = muster.run(
      `server: 127.0.0.1:${String(consul.port)}\nservices: [web]\nrefresh_interval: 10s`,
    )
    await until('the answer', () => run.emissions.length === 1)
    const before = consul.requests.length
    muster.clock.advance(9_999)
    expect(consul.requests).toHaveLength(before)
    muster.clock.advance(1)
    await until('the next request', () => consul.requests.length === before + 1)
  })
})

describe('when connections are limited', () => {
  it('waits on as many services as it may, asks for the others when something changed, and says so once', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `svc-${String(i)}`)
    for (const name of names) consul.set(name, [{ id: name }])
    consul.maxConnections = 50
    const run = muster.run(`server: 127.0.0.1:${String(consul.port)}`)
    await until('all services', () => run.ids().length === 60)
    // Three watches of tables and one of the catalog stand in for those without a connection.
    await passUntil('the tables', 10, () =>
      ['/health/state/any?', '/catalog/nodes?'].every((part) =>
        consul.requests.some((url) => url.includes(part) && url.includes('index=')),
      ),
    )
    expect(run.context.lines.map(({ level, message }) => [level, message])).toEqual([
      [
        'warn',
        'Connections to Consul are limited: some services are asked for when something changed, not waited on',
      ],
    ])
    // Some of these have a connection to wait on, and some have not.
    for (const name of names.filter((_, i) => i % 8 === 0)) {
      consul.set(name, [{ id: `${name}-new` }])
      await passUntil(`the change of ${name}`, 10, () => run.ids().includes(`${name}-new`))
    }
    expect(run.ids()).toHaveLength(60)
    expect(run.context.errors).toEqual([])
    expect(consul.connections).toBeLessThanOrEqual(50)
    run.stop()
    await until('no connection', () => consul.connections === 0)
    expect(muster.clock.pending).toBe(0)
  })
})
