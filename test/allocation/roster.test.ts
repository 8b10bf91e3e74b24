import { describe, expect, it } from 'vitest'
import { Roster } from '../../src/allocation/roster.js'
import type { Labels } from '../../src/labels/index.js'
import { recordingLogger, rules } from '../scrape/jobs.js'

function rosterOf(targets: readonly Labels[], lines: unknown[] = []): Roster {
  const roster = new Roster(
    rules({ source_labels: ['dc'], target_label: '__member_zone__' }),
    recordingLogger(lines),
  )
  const group = { source: '0', labels: { dc: 'eu' }, targets }
  roster.take({ changes: new Map([['static/0', group]]) })
  return roster
}

const plain = { weight: 1, zone: 'eu', node: '' }

describe('members of discovered targets', () => {
  it.each<{ name: string; target: Labels; is: object }>([
    { name: 'are called by their address', target: { __address__: 'a:1' }, is: { id: 'a:1' } },
    { name: 'or their instance', target: { __address__: 'a:1', instance: 'b' }, is: { id: 'b' } },
    {
      name: 'or their id',
      target: { __address__: 'a:1', instance: 'b', __member_id__: 'c' },
      is: { id: 'c' },
    },
    {
      name: 'have a weight',
      target: { __address__: 'a', __member_weight__: '64' },
      is: { id: 'a', weight: 64 },
    },
    {
      name: 'of 1 where it is none',
      target: { __address__: 'a', __member_weight__: '1e9' },
      is: { id: 'a' },
    },
    {
      name: 'of 1 where it is a part',
      target: { __address__: 'a', __member_weight__: '0.5' },
      is: { id: 'a' },
    },
    {
      name: 'have a node',
      target: { __address__: 'a', __member_node__: 'n' },
      is: { id: 'a', node: 'n' },
    },
  ])('$name', ({ target, is }) => {
    expect(rosterOf([target]).members()).toEqual([{ ...plain, ...is }])
  })

  it('with one id are one, the same whichever comes first', () => {
    const lines: unknown[] = []
    const two = [
      { __address__: 'a', __member_weight__: '2' },
      { __address__: 'a', __member_weight__: '3' },
    ]
    const roster = rosterOf(two, lines)
    expect(roster.members()).toEqual([{ ...plain, id: 'a', weight: 2 }])
    expect(rosterOf(two.toReversed()).members()).toEqual(roster.members())
    roster.members()
    expect(lines).toEqual([['warn', 'Two members have one id', { member: 'a' }]])
  })

  it('without any name are none', () => {
    expect(rosterOf([{ x: 'y' }]).members()).toEqual([])
  })
})
