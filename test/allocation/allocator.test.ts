import { describe, expect, it } from 'vitest'
import { assign } from '../../src/allocation/assign.js'
import { epochOf } from '../../src/allocation/epoch.js'
import { hashKey } from '../../src/allocation/hash.js'
import { plainFacet, plainRules } from '../../src/allocation/rules.js'
import { Turns } from '../../src/waiting/turns.js'
import { jobWith } from '../scrape/jobs.js'
import { HandClock } from '../waiting/hand-clock.js'
import { AllocationStage, configOf } from './stage.js'

const addresses = Array.from({ length: 300 }, (_, i) => `10.0.0.${String(i)}:9100`)

/** The owners that the pure function says. */
function expected(ids: readonly string[], factor = 1): Readonly<Record<string, readonly string[]>> {
  const specs = ids.map((id) => ({ id, weight: 1, zone: '', node: '' }))
  const targets = addresses.map((one) => ({ key: hashKey([one]), facet: plainFacet, weight: 1 }))
  const owners = assign(targets, epochOf(specs), { ...plainRules, replicationFactor: factor })
  return Object.fromEntries(addresses.map((one, i) => [one, (owners[i] ?? []).toSorted()]))
}

describe('an allocator', () => {
  it('waits until the members are known', async () => {
    const stage = new AllocationStage(await configOf())
    stage.targets(addresses)
    expect(stage.allocator.state).toBe('waiting')
    expect(stage.allocator.isSettled('job')).toBe(false)
    stage.members('a', 'b')
    expect(stage.allocator.state).toBe('ready')
    expect(stage.allocator.isSettled('job')).toBe(true)
    await stage.end()
  })

  it('gives every target to the member that the pure function names, whatever came first', async () => {
    const first = new AllocationStage(await configOf())
    first.targets(addresses)
    first.members('a', 'b', 'c')
    const second = new AllocationStage(await configOf())
    second.members('c', 'b', 'a')
    second.targets(addresses.slice(0, 100))
    second.targets(addresses.toReversed())
    expect(first.holders()).toEqual(expected(['a', 'b', 'c']))
    expect(second.holders()).toEqual(first.holders())
    expect(second.allocator.fingerprint).toBe(first.allocator.fingerprint)
    expect(second.allocator.jobFingerprint('job')).toBe(first.allocator.jobFingerprint('job'))
    await Promise.all([first.end(), second.end()])
  })

  it('gives each target to as many members as the replication factor says', async () => {
    const stage = new AllocationStage(await configOf('replication_factor: 2'))
    stage.targets(addresses)
    stage.members('a', 'b', 'c')
    expect(stage.holders()).toEqual(expected(['a', 'b', 'c'], 2))
    await stage.end()
  })

  it('has no members, which is not the same as members without targets', async () => {
    const stage = new AllocationStage(await configOf())
    stage.targets(addresses)
    stage.members()
    expect(stage.allocator.state).toBe('empty')
    await stage.end()
  })

  it('leaves the version of a share as it is when targets of others change', async () => {
    const stage = new AllocationStage(await configOf())
    stage.targets(addresses)
    stage.members('a', 'b')
    const versions = (): readonly (string | undefined)[] =>
      ['a', 'b'].map((id) => stage.allocator.share('job', id)?.version)
    const before = versions()
    const gone = stage.share('a')[0] ?? ''
    stage.targets(addresses.filter((one) => one !== gone))
    const after = versions()
    expect(after[0]).not.toBe(before[0])
    expect(after[1]).toBe(before[1])
    await stage.end()
  })

  it('gives a share another version when a label of its target changes', async () => {
    const stage = new AllocationStage(await configOf())
    stage.members('a', 'b')
    stage.targets([{ __address__: 'x:1', __meta_x: '1' }])
    const [owner = ''] = stage.holders()['x:1'] ?? []
    const before = stage.allocator.share('job', owner)?.version
    stage.targets([{ __address__: 'x:1', __meta_x: '2' }])
    expect(stage.allocator.share('job', owner)?.version).not.toBe(before)
    await stage.end()
  })

  it('shares the jobs out by address alone: one member has all of an address', async () => {
    const jobs = ['a', 'b'].map((job_name) => jobWith({ job_name }))
    const stage = new AllocationStage(await configOf(), jobs)
    stage.members('x', 'y', 'z')
    for (const { job_name } of jobs) stage.targets(addresses, job_name)
    expect(stage.holders('a')).toEqual(stage.holders('b'))
    await stage.end()
  })

  it('forgets a job that is gone', async () => {
    const stage = new AllocationStage(await configOf())
    stage.members('a')
    stage.targets(addresses)
    stage.pools.removeSet('job')
    expect(stage.allocator.count()).toBe(0)
    expect(stage.share('a')).toEqual([])
    await stage.end()
  })

  it('names the owners of an address', async () => {
    const stage = new AllocationStage(await configOf())
    stage.members('a')
    stage.targets(['x:1', 'y:1'])
    expect(stage.allocator.owners('job', 'x:1')).toEqual([
      {
        job: 'job',
        address: 'x:1',
        labels: { instance: 'x:1', job: 'job' },
        owners: ['a'],
        leaving: [],
      },
    ])
    expect(stage.allocator.owners('job', 'z:1')).toEqual([])
    await stage.end()
  })
})

describe('a new member', () => {
  it('gets its targets after the grace, and the old ones keep them for the overlap', async () => {
    const stage = new AllocationStage(await configOf('moves: {budget: none, member_grace: 30s}'))
    stage.targets(addresses)
    stage.members('a', 'b')
    stage.members('a', 'b', 'c')
    stage.pass(29)
    expect(stage.share('c')).toEqual([])
    stage.pass(2)
    const moved = stage.share('c')
    expect(moved.length).toBeGreaterThan(50)
    for (const one of moved) expect(stage.holders()[one]?.length).toBe(2)
    // One refresh that was not announced, one scrape, and the delay of the client.
    stage.pass(60 + 60 + 5)
    expect(stage.holders()).toEqual(expected(['a', 'b', 'c']))
    expect(stage.allocator.overlapping).toBe(0)
    await stage.end()
  })

  it('ends the overlap when it has asked and one scrape interval has passed', async () => {
    const stage = new AllocationStage(await configOf('moves: {budget: none, member_grace: 0s}'))
    stage.targets(addresses)
    stage.members('a', 'b')
    stage.members('a', 'b', 'c')
    stage.pass(1)
    stage.allocator.fetched('job', 'c', 30_000)
    // A scrape interval of 60 s, and 5 s that the client may take.
    stage.pass(64)
    expect(stage.allocator.overlapping).toBeGreaterThan(50)
    stage.pass(2)
    expect(stage.allocator.overlapping).toBe(0)
    await stage.end()
  })

  it('moves only as many targets as the budget allows', async () => {
    const stage = new AllocationStage(
      await configOf('moves: {budget: 10%/1m, member_grace: 0s, overlap: 0s}'),
    )
    stage.targets(addresses)
    stage.members('a')
    stage.members('a', 'b')
    stage.pass(1)
    expect(stage.share('b').length).toBe(30)
    expect(stage.allocator.pending).toBeGreaterThan(80)
    stage.pass(60)
    expect(stage.share('b').length).toBe(60)
    stage.pass(300)
    expect(stage.holders()).toEqual(expected(['a', 'b']))
    expect(stage.allocator.pending).toBe(0)
    await stage.end()
  })
})

describe('a member that is gone', () => {
  it('loses its targets after the grace, all at once, and never in between', async () => {
    const stage = new AllocationStage(await configOf('moves: {budget: 1%/1h, overlap: 0s}'))
    stage.targets(addresses)
    stage.members('a', 'b', 'c')
    stage.members('a', 'b')
    stage.pass(29)
    expect(stage.share('c').length).toBeGreaterThan(50)
    stage.pass(2)
    expect(stage.holders()).toEqual(expected(['a', 'b']))
    await stage.end()
  })

  it('changes nothing when it comes back within the grace', async () => {
    const stage = new AllocationStage(await configOf())
    stage.targets(addresses)
    stage.members('a', 'b', 'c')
    const versions = stage.allocator
      .members()
      .map(({ id }) => stage.allocator.share('job', id)?.version)
    stage.members('a', 'b')
    stage.pass(20)
    stage.members('a', 'b', 'c')
    stage.pass(100)
    expect(
      stage.allocator.members().map(({ id }) => stage.allocator.share('job', id)?.version),
    ).toEqual(versions)
    await stage.end()
  })

  it('keeps its targets for the overlap if it still asks', async () => {
    const stage = new AllocationStage(await configOf('moves: {member_grace: 0s, overlap: 1m}'))
    stage.targets(addresses)
    stage.members('a', 'b')
    const had = stage.share('b')
    stage.members('a')
    stage.pass(1)
    expect(stage.share('b')).toEqual(had)
    expect(stage.share('a')).toEqual(addresses.toSorted())
    stage.pass(60)
    expect(stage.allocator.share('job', 'b')).toBeUndefined()
    await stage.end()
  })
})

describe('a silent member', () => {
  it('is said to be silent, keeps its targets, and is well again when it asks', async () => {
    const stage = new AllocationStage(await configOf())
    stage.targets(addresses)
    stage.members('a', 'b')
    stage.allocator.fetched('job', 'a', 10_000)
    stage.pass(31)
    expect(stage.allocator.members().map(({ state }) => state)).toEqual(['silent', 'active'])
    expect(stage.holders()).toEqual(expected(['a', 'b']))
    stage.allocator.fetched('job', 'a', 10_000)
    expect(stage.allocator.members()[0]?.state).toBe('active')
    await stage.end()
  })

  it('loses its targets where the file says so', async () => {
    const stage = new AllocationStage(await configOf('moves: {evict_silent: 5m, overlap: 0s}'))
    stage.targets(addresses)
    stage.members('a', 'b')
    for (let i = 0; i < 40; i += 1) {
      stage.pass(30)
      stage.allocator.fetched('job', 'a', 30_000)
    }
    expect(stage.allocator.members().map(({ state }) => state)).toEqual(['active', 'evicted'])
    expect(stage.share('a')).toEqual(addresses.toSorted())
    await stage.end()
  })
})

describe('a reload', () => {
  it('of the job keeps the owners, and the overlaps', async () => {
    const stage = new AllocationStage(await configOf('moves: {budget: none, member_grace: 0s}'))
    stage.targets(addresses)
    stage.members('a', 'b')
    stage.members('a', 'b', 'c')
    stage.pass(1)
    const before = stage.holders()
    const version = stage.allocator.share('job', 'a')?.version
    stage.pools.configure([jobWith({ metrics_path: '/other' })])
    expect(stage.allocator.overlapping).toBeGreaterThan(0)
    expect(stage.holders()).toEqual(before)
    expect(stage.allocator.share('job', 'a')?.version).not.toBe(version)
    stage.pass(200)
    expect(stage.holders()).toEqual(expected(['a', 'b', 'c']))
    await stage.end()
  })

  it('with another key moves targets with an overlap', async () => {
    const stage = new AllocationStage(await configOf())
    stage.members('a', 'b', 'c')
    const targets = addresses.map((one, i) => ({ __address__: one, rack: String(i % 7) }))
    stage.targets(targets)
    const before = stage.holders()
    stage.use(await configOf('key: [rack]'))
    const after = stage.holders()
    for (const one of addresses)
      expect(after[one]).toEqual(expect.arrayContaining([...(before[one] ?? [])]))
    stage.pass(200)
    for (const ids of Object.values(stage.holders())) expect(ids.length).toBe(1)
    await stage.end()
  })
})

describe('balanced, and a limit', () => {
  it.each(['strategy: balanced', 'max_targets: 110'])(
    '%s gives no member more than its bound',
    async (text) => {
      const stage = new AllocationStage(await configOf(`${text}\nmoves: {overlap: 0s}`))
      stage.targets(addresses)
      stage.members('a', 'b', 'c')
      for (const id of ['a', 'b', 'c']) expect(stage.share(id).length).toBeLessThanOrEqual(110)
      expect(stage.allocator.unassigned()).toBe(0)
      await stage.end()
    },
  )

  it('is not settled before the first pass has given targets to members', async () => {
    const clock = new HandClock()
    const turns = new Turns({ budgetMs: 2, clock })
    const stage = new AllocationStage(await configOf('strategy: balanced'), [jobWith()], { turns })
    const unassigned: number[] = []
    stage.targets(addresses)
    stage.members('a', 'b', 'c')
    while (clock.waiting > 0) {
      if (stage.allocator.isSettled('job')) unassigned.push(stage.allocator.unassigned())
      clock.turn()
    }
    expect(stage.allocator.isSettled('job')).toBe(true)
    expect(stage.share('a').length).toBeGreaterThan(50)
    expect(unassigned.filter((count) => count > 0)).toEqual([])
    await stage.end()
  })

  it('leaves a target whose labels change with its members all the time', async () => {
    const stage = new AllocationStage(await configOf('strategy: balanced'))
    stage.targets(addresses)
    stage.members('a', 'b', 'c')
    const held: number[] = []
    stage.allocator.changes.subscribe(() => held.push(Object.keys(stage.holders()).length))
    stage.targets(addresses.map((one) => ({ __address__: one, changed: 'yes' })))
    expect(held.length).toBeGreaterThan(0)
    expect(new Set(held)).toEqual(new Set([addresses.length]))
    await stage.end()
  })

  it('says how many targets fit nowhere', async () => {
    const stage = new AllocationStage(await configOf('max_targets: 50'))
    stage.targets(addresses)
    stage.members('a', 'b', 'c')
    expect(stage.allocator.unassigned()).toBe(150)
    await stage.end()
  })
})
