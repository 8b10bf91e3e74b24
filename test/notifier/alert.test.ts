import { describe, expect, it } from 'vitest'
import { type Alert, completeAlert, type CompletionRules } from '../../src/notifier/alert.js'
import { type CompletedAlert, isExpired, withLabels } from '../../src/notifier/completed-alert.js'
import { Relabeler, relabelRule } from '../../src/relabel/index.js'

const now = Date.UTC(2026, 0, 1, 12)
const minute = 60_000
const rules: CompletionRules = {
  resolveTimeoutMs: 5 * minute,
  resolvedHorizonMs: 15 * minute,
  externalLabels: [],
  relabeler: new Relabeler([]),
}

function completed(alert: Alert, more: Partial<CompletionRules> = {}): CompletedAlert {
  const completion = completeAlert(alert, { ...rules, ...more }, now)
  if (completion.kind !== 'valid') throw new Error(`it is ${completion.kind}`)
  return completion.alert
}

describe('a completed alert', () => {
  it('has the keys in the order of Prometheus, and times in milliseconds', () => {
    const { json } = completed({
      labels: { b: '2', a: '1' },
      annotations: { summary: 'so "it" is' },
      startsAt: new Date(now - minute),
      endsAt: new Date(now + minute),
      generatorURL: 'http://prom/graph?g0.expr=up',
    })
    expect(json).toBe(
      '{"annotations":{"summary":"so \\"it\\" is"},"endsAt":"2026-01-01T12:01:00.000Z",' +
        '"startsAt":"2026-01-01T11:59:00.000Z","generatorURL":"http://prom/graph?g0.expr=up",' +
        '"labels":{"a":"1","b":"2"}}',
    )
  })

  it.each<{ name: string; alert: Omit<Alert, 'labels'>; startsAt: string; endsAt: string }>([
    { name: 'starts now and ends in five minutes', alert: {}, startsAt: '12:00', endsAt: '12:05' },
    {
      name: 'starts when it ends where only that is given',
      alert: { endsAt: new Date(now + 2 * minute) },
      startsAt: '12:02',
      endsAt: '12:02',
    },
    {
      name: 'ends five minutes from now, not from its start',
      alert: { startsAt: new Date(now - 60 * minute) },
      startsAt: '11:00',
      endsAt: '12:05',
    },
  ])('$name', ({ alert, startsAt, endsAt }) => {
    expect(JSON.parse(completed({ ...alert, labels: { a: '1' } }).json)).toEqual({
      annotations: {},
      startsAt: `2026-01-01T${startsAt}:00.000Z`,
      endsAt: `2026-01-01T${endsAt}:00.000Z`,
      labels: { a: '1' },
    })
  })

  it.each([
    { name: 'until it ends while it is firing', endsIn: minute, validFor: minute },
    { name: 'for the horizon once it is resolved', endsIn: -minute, validFor: 15 * minute },
    { name: 'for the horizon when it ends now', endsIn: 0, validFor: 15 * minute },
  ])('is valid $name', ({ endsIn, validFor }) => {
    const alert = completed({ labels: { a: '1' }, endsAt: new Date(now + endsIn) })
    expect(alert.validUntil).toBe(now + validFor)
    expect(isExpired(alert, now + validFor - 1)).toBe(false)
    expect(isExpired(alert, now + validFor)).toBe(true)
  })

  it.each([
    { name: 'the order of its labels', a: { x: '1', y: '2' }, b: { y: '2', x: '1' }, same: true },
    { name: 'labels without a value', a: { x: '1', y: '' }, b: { x: '1' }, same: true },
    {
      name: 'where a value ends and a name begins',
      a: { x: '1","y":"2' },
      b: { x: '1', y: '2' },
      same: false,
    },
    {
      name: 'a label called __proto__',
      a: JSON.parse('{"x":"1","__proto__":"2"}') as Record<string, string>,
      b: { x: '1' },
      same: false,
    },
    { name: 'one value', a: { x: '1' }, b: { x: '2' }, same: false },
  ])('has an identity that knows $name', ({ a, b, same }) => {
    expect(completed({ labels: a }).key === completed({ labels: b }).key).toBe(same)
  })

  it('keeps its time and its end under other labels', () => {
    const resolved = completed({ labels: { a: '1' }, endsAt: new Date(now - minute) })
    const other = withLabels(resolved, { b: '2' })
    expect(other.validUntil).toBe(resolved.validUntil)
    expect(other.json).toBe(resolved.json.replace('{"a":"1"}', '{"b":"2"}'))
    expect(other.key).toBe('{"b":"2"}')
  })

  it.each([
    { time: -1e15, text: '0001-01-01T00:00:00.000Z' },
    { time: 8.64e15, text: '9999-12-31T23:59:59.999Z' },
  ])('writes a time that Go can read for $time', ({ time, text }) => {
    const { json } = completed({
      labels: { a: '1' },
      startsAt: new Date(time),
      endsAt: new Date(time),
    })
    expect(json).toContain(`"startsAt":"${text}"`)
  })
})

describe('an alert is invalid', () => {
  it('with labels that rules make too long together', () => {
    const copies = Array.from({ length: 5 }, (_, i) =>
      relabelRule({ source_labels: ['a'], target_label: `copy_${String(i)}` }),
    )
    const relabeler = new Relabeler(copies)
    const labels = { a: 'x'.repeat(1 << 20) }
    expect(completeAlert({ labels }, { ...rules, relabeler }, now)).toEqual({
      kind: 'invalid',
      reason: 'the labels have more than 4194304 characters',
    })
  })

  it('with labels that rules make endless', () => {
    const doubling = { source_labels: ['a', 'a'], separator: '', target_label: 'a' }
    const relabeler = new Relabeler(Array.from({ length: 40 }, () => relabelRule(doubling)))
    expect(completeAlert({ labels: { a: '1' } }, { ...rules, relabeler }, now)).toEqual({
      kind: 'invalid',
      reason: 'a rule reads or makes more than 4194304 characters',
    })
  })

  it.each<{ alert: Alert; reason: string }>([
    { alert: { labels: {} }, reason: 'at least one label pair required' },
    { alert: { labels: { a: '' } }, reason: 'at least one label pair required' },
    {
      alert: { labels: { a: '1' }, endsAt: new Date(Number.NaN) },
      reason: 'start or end is not a valid time',
    },
    {
      alert: { labels: { a: '1' }, startsAt: new Date(now), endsAt: new Date(now - 1) },
      reason: 'start time must be before end time',
    },
    { alert: { labels: { '': '1' } }, reason: 'invalid label set: invalid name ""' },
    {
      alert: { labels: { a: '1' }, annotations: { '': '1' } },
      reason: 'invalid annotations: invalid name ""',
    },
  ])('because of $reason: $alert', ({ alert, reason }) => {
    expect(completeAlert(alert, rules, now)).toEqual({ kind: 'invalid', reason })
  })

  it('as its sender wrote it, whatever external labels and rules would make of it', () => {
    const more = {
      externalLabels: [['region', 'eu']] as const,
      relabeler: new Relabeler([relabelRule({ target_label: 'x', replacement: 'y' })]),
    }
    expect(completeAlert({ labels: {} }, { ...rules, ...more }, now)).toMatchObject({
      kind: 'invalid',
    })
  })
})

describe('the rules of all sections', () => {
  it('drop an alert', () => {
    const drop = relabelRule({ source_labels: ['a'], regex: '1', action: 'drop' })
    const relabeler = new Relabeler([drop])
    expect(completeAlert({ labels: { a: '1' } }, { ...rules, relabeler }, now)).toEqual({
      kind: 'dropped',
    })
  })

  it('see the external labels', () => {
    const copy = relabelRule({ source_labels: ['region'], target_label: 'where' })
    const { key } = completed(
      { labels: { a: '1' } },
      { externalLabels: [['region', 'eu']], relabeler: new Relabeler([copy]) },
    )
    expect(key).toBe('{"a":"1","region":"eu","where":"eu"}')
  })
})

describe('external labels', () => {
  it.each([
    { name: 'are added', labels: { a: '1' }, result: { a: '1', region: 'eu' } },
    { name: 'lose to what the alert says', labels: { region: 'us' }, result: { region: 'us' } },
    {
      name: 'win over an empty label',
      labels: { a: '1', region: '' },
      result: { a: '1', region: 'eu' },
    },
  ])('$name', ({ labels, result }) => {
    const externalLabels = [
      ['region', 'eu'],
      ['empty', ''],
    ] as const
    expect(completed({ labels }, { externalLabels }).labels).toEqual(result)
  })
})
