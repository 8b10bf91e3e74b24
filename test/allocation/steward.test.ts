import { describe, expect, it } from 'vitest'
import { type Epoch, epochOf, wholeOrder } from '../../src/allocation/epoch.js'
import type { MemberSpec } from '../../src/allocation/member.js'
import { advanced, BudgetMeter, struck, withMembers } from '../../src/allocation/steward.js'

function specs(...ids: readonly string[]): readonly MemberSpec[] {
  return ids.map((id) => ({ id, weight: 1, zone: '', node: '' }))
}

/** An epoch as a short text: `ab<50% a`. */
function shown({ stages }: Epoch): string {
  return stages
    .map(({ below, members }) => {
      const ids = members.map(({ id }) => id).join('')
      return below === wholeOrder ? ids : `${ids}<${String((100 * below) / wholeOrder)}%`
    })
    .join(' ')
}

function after(epoch: Epoch, ...ids: readonly string[]): Epoch {
  return withMembers(epoch, specs(...ids), true)
}

describe('the epoch after a change of members', () => {
  const ab = epochOf(specs('a', 'b'))

  it.each([
    { name: 'no member came or went', made: after(ab, 'a', 'b'), is: 'ab' },
    { name: 'one came', made: after(ab, 'a', 'b', 'c'), is: 'abc<0% ab' },
    { name: 'one went', made: after(ab, 'a'), is: 'a' },
    { name: 'one came and went', made: after(after(ab, 'a', 'b', 'c'), 'a', 'b'), is: 'ab' },
    {
      name: 'two came',
      made: after(after(ab, 'a', 'b', 'c'), 'a', 'b', 'c', 'd'),
      is: 'abcd<0% ab',
    },
    { name: 'one came and another went', made: after(ab, 'a', 'c'), is: 'ac<0% a' },
    { name: 'all were replaced', made: after(ab, 'c', 'd'), is: 'cd' },
    { name: 'all went', made: after(ab), is: '' },
    { name: 'without a budget', made: withMembers(ab, specs('a', 'b', 'c'), false), is: 'abc' },
    { name: 'without one before', made: withMembers(undefined, specs('a'), true), is: 'a' },
  ])('$name', ({ made, is }) => {
    expect(shown(made)).toBe(is)
  })

  it('is the same object where nothing is to be changed', () => {
    expect(after(ab, 'a', 'b')).toBe(ab)
  })

  it('counts its generation up', () => {
    expect(after(ab, 'a').generation).toBe(ab.generation + 1)
  })

  it('keeps a stage that has begun, strikes who is gone from all, and never has more than eight', () => {
    const half = wholeOrder / 2
    let epoch = advanced(after(ab, 'a', 'b', 'c'), [0, half], 1)
    expect(shown(epoch)).toBe('abc<50% ab')
    epoch = after(epoch, 'a', 'b', 'c', 'd')
    expect(shown(epoch)).toBe('abcd<0% abc<50% ab')
    expect(shown(after(epoch, 'b', 'c', 'd'))).toBe('bcd<0% bc<50% b')
    const ids = Array.from({ length: 20 }, (_, i) => `m${String(i)}`)
    let many = epochOf(specs('m0'))
    for (let i = 2; i <= ids.length; i += 1) {
      many = after(many, ...ids.slice(0, i))
      const at = ((many.stages[0]?.below ?? 0) + i) % wholeOrder
      many = advanced(many, [at, at + 1], 1)
    }
    expect(many.stages.length).toBeLessThanOrEqual(8)
    expect(many.stages.at(-1)?.below).toBe(wholeOrder)
  })
})

describe('a given epoch', () => {
  it('has those who are gone struck, and no member added', () => {
    const given = after(epochOf(specs('a', 'b')), 'a', 'b', 'c')
    expect(shown(struck(given, specs('b', 'c', 'd')))).toBe('bc<0% b')
    expect(struck(given, specs('a', 'b', 'c', 'd'))).toBe(given)
  })
})

describe('the epoch after some targets have moved', () => {
  const epoch = after(epochOf(specs('a')), 'a', 'b')
  const quarter = wholeOrder / 4
  const orders = [quarter, 2 * quarter, 3 * quarter]

  it.each([
    { count: 0, is: 'ab<0% a' },
    { count: 1, is: 'ab<50% a' },
    { count: 2, is: 'ab<75% a' },
    { count: 3, is: 'ab' },
    { count: Infinity, is: 'ab' },
  ])('$count of three', ({ count, is }) => {
    expect(shown(advanced(epoch, orders, count))).toBe(is)
  })

  it('is over where none has to move', () => {
    expect(shown(advanced(epoch, [], 0))).toBe('ab')
  })
})

describe('a budget', () => {
  const budget = { share: 0.1, perMs: 60_000 }

  it('is whole at the start, and fills with time up to that', () => {
    const meter = new BudgetMeter()
    expect(meter.room(budget, 1000, 0)).toBe(100)
    meter.spend(budget, 1000, 100)
    expect(meter.room(budget, 1000, 0)).toBe(0)
    expect(meter.room(budget, 1000, 30_000)).toBe(50)
    expect(meter.room(budget, 1000, 600_000)).toBe(100)
  })

  it('lets one of a few targets move in each span', () => {
    expect(new BudgetMeter().room(budget, 3, 0)).toBe(1)
  })

  it('has no end where all targets may move', () => {
    expect(new BudgetMeter().room({ share: Infinity, perMs: 60_000 }, 10, 0)).toBe(Infinity)
  })
})
