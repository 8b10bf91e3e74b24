import { describe, expect, it } from 'vitest'
import { Harness } from './harness.js'
import { group } from './scripted-mechanism.js'

function running(): Harness {
  const h = new Harness()
  h.load({ job: ['a'], other: ['b'] })
  h.mechanism.script('a').emit(group('x', '1:80'), group('y', '2:80'))
  h.mechanism.script('b').emit(group('z', '3:80'))
  h.scheduler.advance(1000)
  h.news()
  return h
}

const first = (h: Harness) => h.manager.providers()[0]

describe('a provider whose discoverer fails', () => {
  it('keeps its groups, waits, and starts it again', () => {
    const h = running()
    const a = h.mechanism.script('a')
    a.fail(new Error('connection refused'))
    expect(a.isSubscribed).toBe(false)
    expect(first(h)).toMatchObject({
      state: 'failing',
      consecutiveFailures: 1,
      lastSuccess: 0,
      nextTry: 2000,
      groups: 2,
      lastError: { message: 'connection refused', kind: 'Error', at: 1000 },
    })
    h.scheduler.advance(999)
    expect(a.subscriptions).toBe(1)
    h.scheduler.advance(1)
    expect(a.subscriptions).toBe(2)
    expect(h.news()).toEqual([])
    expect(h.logged).toEqual(['error Discovery failed, will start it again: connection refused'])
  })

  it('says a failure that lasts once an hour, and one line when it is over', () => {
    const h = running()
    const fail = (): void => {
      h.mechanism.script('a').fail(new Error('boom'))
      h.scheduler.advance((first(h)?.nextTry ?? 0) - h.scheduler.now())
    }
    for (let i = 0; i < 5; i += 1) fail()
    h.scheduler.advance(3_600_000)
    fail()
    h.mechanism.script('a').emit(group('x', '1:80'))
    h.mechanism.script('a').emit(group('x', '1:80'))
    fail()
    expect(h.logged).toEqual([
      'error Discovery failed, will start it again: boom',
      'error Discovery failed, will start it again: boom',
      'info Discovery has recovered',
      'error Discovery failed, will start it again: boom',
    ])
  })

  it('says each reason, also of those that take turns', () => {
    const h = running()
    for (const reason of ['refused', 'timeout', 'refused', 'timeout']) {
      h.mechanism.script('a').fail(new Error(reason))
      h.scheduler.advance((first(h)?.nextTry ?? 0) - h.scheduler.now())
    }
    expect(h.logged).toEqual([
      'error Discovery failed, will start it again: refused',
      'error Discovery failed, will start it again: timeout',
    ])
  })

  it('takes the first answer after that for the whole truth', () => {
    const h = running()
    h.mechanism.script('a').fail(new Error('boom'))
    h.scheduler.advance(1000)
    h.mechanism.script('a').emit(group('y', '2:80'), group('new', '4:80'))
    expect(h.news()).toEqual(['job: scripted/0/new=4:80 scripted/0/x=gone'])
    expect(first(h)).toMatchObject({ state: 'running', consecutiveFailures: 0, failures: 1 })
    h.scheduler.advance(1000)
    h.mechanism.script('a').emit(group('x', '1:80'))
    expect(h.news()).toEqual(['job: scripted/0/x=1:80'])
  })

  it('does not take a first answer for the whole truth that could not ask for all', () => {
    const h = running()
    h.mechanism.script('a').fail(new Error('boom'))
    h.scheduler.advance(1000)
    const a = h.mechanism.script('a')
    a.find({ groups: [group('new', '4:80')] })
    expect(h.news()).toEqual(['job: scripted/0/new=4:80'])
    a.find({ groups: [group('x', '5:80')] })
    h.scheduler.advance(1000)
    expect(h.news()).toEqual(['job: scripted/0/x=5:80'])
    a.find({ complete: true })
    h.scheduler.advance(1000)
    expect(h.news()).toEqual(['job: scripted/0/y=gone'])
    a.find({ complete: true })
    h.scheduler.advance(1000)
    expect(h.news()).toEqual([])
  })

  it('waits longer each time, up to a minute', () => {
    const h = running()
    const waits: number[] = []
    for (let i = 0; i < 9; i += 1) {
      h.mechanism.script('a').fail(new Error('boom'))
      const wait = (first(h)?.nextTry ?? 0) - h.scheduler.now()
      waits.push(wait)
      h.scheduler.advance(wait)
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000])
  })

  it.each([
    { name: 'what the server asks for', retryAfterMs: 90_000, wait: 90_000 },
    { name: 'no less than its own back-off', retryAfterMs: 10, wait: 1000 },
    { name: 'an hour at most', retryAfterMs: 1e12, wait: 3_600_000 },
    { name: 'its own back-off for nonsense', retryAfterMs: 'soon', wait: 1000 },
  ])('waits $name', ({ retryAfterMs, wait }) => {
    const h = running()
    h.mechanism.script('a').fail(Object.assign(new Error('429'), { retryAfterMs }))
    expect(first(h)?.nextTry).toBe(h.scheduler.now() + wait)
  })

  it('that floods costs its consumers one update an interval', () => {
    const h = running()
    for (let i = 0; i < 10_000; i += 1) h.mechanism.script('a').emit(group('x', `${String(i)}:80`))
    h.scheduler.advance(1000)
    expect(h.news()).toEqual(['job: scripted/0/x=0:80', 'job: scripted/0/x=9999:80'])
  })

  it('does no harm to others', () => {
    const h = running()
    h.mechanism.script('a').fail(new Error('boom'))
    h.mechanism.script('b').emit(group('z', '5:80'))
    expect(h.news()).toEqual(['other: scripted/1/z=5:80'])
  })

  it.each([
    { name: 'a list', value: [], says: 'must emit findings' },
    { name: 'a text', value: 'groups', says: 'must emit findings' },
    { name: 'nothing', value: null, says: 'must emit findings' },
    { name: 'a trouble that is a text', value: { trouble: 'x' }, says: 'must be { error' },
    { name: 'groups that are no list', value: { groups: 'g' }, says: 'must be a list' },
    { name: 'a group that is a text', value: { groups: ['group'] }, says: 'must be an object' },
    {
      name: 'a group without source',
      value: { groups: [{ labels: {}, targets: [] }] },
      says: 'source',
    },
    {
      name: 'a group without targets',
      value: { groups: [{ source: 's', labels: {} }] },
      says: 'targets',
    },
    {
      name: 'no labels',
      value: { groups: [{ source: 's', targets: [] }] },
      says: 'labels must be an object',
    },
    {
      name: 'a label that is a number',
      value: { groups: [{ source: 's', labels: {}, targets: [{ port: 80 }] }] },
      says: 'label "port" must be a text',
    },
  ])('an emission of garbage is a failure: $name', ({ value, says }) => {
    const h = running()
    h.mechanism.script('a').emitAnything(value)
    expect(first(h)).toMatchObject({ state: 'failing', groups: 2 })
    expect(first(h)?.lastError?.kind).toBe('ERR_DISCOVERY_GROUPS')
    expect(first(h)?.lastError?.message).toContain(says)
    h.scheduler.advance(1000)
    h.mechanism.script('a').emit(group('x', '1:80'))
    expect(first(h)).toMatchObject({ state: 'running', groups: 1 })
  })

  it('groups that are null are left out', () => {
    const h = running()
    h.mechanism.script('a').emitAnything({ groups: [null, group('n', '9:80'), undefined] })
    expect(h.news()).toEqual(['job: scripted/0/n=9:80'])
  })

  it('a label called __proto__ is a label like any other', () => {
    const h = running()
    const labels = JSON.parse('{"__proto__":"a"}') as Record<string, string>
    h.mechanism.script('a').emit({ ...group('p', '9:80'), labels })
    h.scheduler.advance(1000)
    h.news()
    const other = JSON.parse('{"__proto__":"b"}') as Record<string, string>
    h.mechanism.script('a').emit({ ...group('p', '9:80'), labels: other })
    expect(h.news()).toEqual(['job: scripted/0/p=9:80'])
  })
})

describe('a mechanism that cannot be built', () => {
  it('fails by itself, is counted, and is tried again', async () => {
    const h = new Harness()
    h.mechanism.refusals.set('a', new Error('no such CA file'))
    h.load({ job: ['a', 'b'] })
    expect(h.manager.providers().map((p) => p.state)).toEqual(['failed', 'starting'])
    expect(await h.metric('prometheus_sd_failed_configs')).toEqual({ scrape: 1 })
    h.mechanism.refusals.clear()
    h.scheduler.advance(1000)
    h.mechanism.script('a').emit(group('x', '1:80'))
    expect(first(h)?.state).toBe('running')
    expect(await h.metric('prometheus_sd_failed_configs')).toEqual({ scrape: 0 })
  })

  it('is tried again at once by a reload', () => {
    const h = new Harness()
    h.mechanism.refusals.set('a', new Error('no such CA file'))
    h.load({ job: ['a'] })
    h.mechanism.refusals.clear()
    h.load({ job: ['a'] })
    expect(h.mechanism.script('a').isSubscribed).toBe(true)
  })

  it('is not tried again when that cannot help', () => {
    const h = new Harness()
    h.mechanism.refusals.set('a', Object.assign(new Error('not built'), { permanent: true }))
    h.load({ job: ['a'] })
    h.scheduler.advance(10_000_000)
    expect(h.mechanism.created).toEqual(['a'])
    expect(first(h)).toMatchObject({ state: 'failed', nextTry: undefined })
    expect(h.scheduler.pending).toBe(0)
  })

  it('is logged once, however often it is tried', () => {
    const h = new Harness()
    h.mechanism.refusals.set('a', new Error('no such CA file'))
    h.load({ job: ['a'] })
    h.scheduler.advance(600_000)
    expect(h.mechanism.created.length).toBeGreaterThan(5)
    expect(h.logged).toEqual(['error Cannot create service discovery: no such CA file'])
  })
})

describe('what a discoverer says of itself', () => {
  it('an error it lives with shows until it is well again', () => {
    const h = running()
    const a = h.mechanism.script('a')
    const error = Object.assign(new Error('watch lost'), { code: 'ECONNRESET' })
    a.find({ trouble: { error, nextTry: 5000 } })
    expect(first(h)).toMatchObject({
      state: 'failing',
      nextTry: 5000,
      lastError: { message: 'watch lost', kind: 'ECONNRESET' },
    })
    h.scheduler.advance(500)
    a.find({ groups: [group('x', '7:80')] })
    expect(first(h)).toMatchObject({ state: 'failing', lastSuccess: 1500, nextTry: 5000 })
    a.find({ trouble: null })
    expect(first(h)).toMatchObject({ state: 'running', lastSuccess: 1500, nextTry: undefined })
  })

  it('readers are told when the state changes, and not for each success', () => {
    const h = running()
    const states: string[] = []
    h.manager.statusChanges.subscribe(({ name, state }) => states.push(`${name} ${state}`))
    h.mechanism.script('a').emit(group('x', '7:80'))
    h.mechanism.script('a').fail(new Error('boom'))
    h.scheduler.advance(1000)
    h.mechanism.script('a').emit(group('x', '8:80'))
    h.load({ other: ['b'] })
    expect(states).toEqual(['scripted/0 failing', 'scripted/0 running', 'scripted/0 stopped'])
  })

  it('its age and failures are in the metrics', async () => {
    const h = running()
    h.mechanism.script('b').fail(new Error('boom'))
    expect(await h.metric('muster_sd_provider_failures_total')).toEqual({
      'scrape,scripted/0,job': 0,
      'scrape,scripted/1,other': 1,
    })
    expect(await h.metric('muster_sd_provider_healthy')).toEqual({
      'scrape,scripted/0,job': 1,
      'scrape,scripted/1,other': 0,
    })
    h.scheduler.advance(4000)
    h.mechanism.script('a').find({ trouble: null })
    expect(await h.metric('muster_sd_provider_last_success_timestamp_seconds')).toEqual({
      'scrape,scripted/0,job': 5,
      'scrape,scripted/1,other': 0,
    })
  })

  it('its requests are counted', () => {
    const h = running()
    h.mechanism.script('a').context?.countRequest?.()
    expect(first(h)?.requests).toBe(1)
  })

  it('a stream that completes keeps its groups', async () => {
    const h = running()
    h.mechanism.script('a').complete()
    h.scheduler.advance(1_000_000)
    expect(first(h)).toMatchObject({ state: 'running', groups: 2 })
    expect(await h.metric('prometheus_sd_received_updates_total')).toEqual({ scrape: 3 })
  })
})

describe('groups of an earlier run', () => {
  it('are kept for longer than a timer can wait, and go then', () => {
    const day = 86_400_000
    const state = {
      maxAgeMs: 60 * day,
      restored: () => ({ groups: [group('x', '1:80')], asOf: 0 }),
      keep: () => undefined,
      forget: () => undefined,
    }
    const h = new Harness({ state })
    h.load({ job: ['a'] })
    expect(h.news()).toEqual(['job: scripted/0/x=1:80'])
    h.mechanism.script('a').fail(Object.assign(new Error('for good'), { permanent: true }))
    for (let passed = 0; passed < 59; passed += 1) {
      const due = h.scheduler.actions.filter(({ closed }) => !closed).map(({ delay }) => delay)
      expect(Math.max(...due) - h.scheduler.frame).toBeLessThan(2 ** 31)
      h.scheduler.advance(day)
    }
    expect(h.news()).toEqual([])
    h.scheduler.advance(2 * day)
    expect(h.news()).toEqual(['job: scripted/0/x=gone'])
  })
})
