import { Registry } from 'prom-client'
import { BehaviorSubject, filter, map } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import { Election, type Standing } from '../../src/election/election.js'
import { FakeClock } from '../../src/testing/discovery/index.js'
import { recordingLogger } from '../discovery/harness.js'
import { FakeConsul, type FakeStore } from './fake-store.js'

/** One replica, and what it knows. */
class Replica {
  readonly name: string
  readonly store: FakeStore
  readonly election: Election
  readonly registry = new Registry()
  readonly lines: string[] = []
  readonly done: Promise<void>
  readonly #decisions = new BehaviorSubject<Buffer | undefined>(undefined)
  standing: Standing = { kind: 'waiting' }

  constructor(name: string, consul: FakeConsul, clock: FakeClock) {
    this.name = name
    this.store = consul.client()
    this.election = new Election({
      store: this.store,
      prefix: 'muster/test',
      replica: name,
      decisions: this.#decisions.pipe(
        filter((one) => one !== undefined),
        map((one) => Buffer.from(one)),
      ),
      scheduler: clock,
      random: () => 0.5,
      logger: recordingLogger(this.lines),
      registry: this.registry,
      ttlMs: consul.ttlMs,
    })
    this.election.standing.subscribe((standing) => {
      this.standing = standing
    })
    this.done = this.election.execute()
  }

  get leads(): boolean {
    return this.standing.kind === 'leading'
  }

  /** The decision in force here. */
  get decision(): string | undefined {
    const { standing } = this
    if (standing.kind === 'waiting') return undefined
    return String(
      standing.kind === 'leading' ? (this.#decisions.value ?? standing.from) : standing.decision,
    )
  }

  decide(text: string): void {
    this.#decisions.next(Buffer.from(text))
  }
}

describe('an election', () => {
  const clock = new FakeClock()
  const replicas: Replica[] = []
  afterEach(async () => {
    for (const { election } of replicas) election.interrupt()
    await pass(3000)
    await Promise.all(replicas.splice(0).map(({ done }) => done))
    expect(mostLeaders).toBeLessThanOrEqual(1)
  })

  let mostLeaders = 0
  /** Lets time go by, as slowly as requests need; there is never more than one leader. */
  async function pass(ms: number): Promise<void> {
    for (let at = 0; at < ms; at += 100) {
      clock.advance(100)
      await new Promise((resolve) => setImmediate(resolve))
      mostLeaders = Math.max(mostLeaders, replicas.filter(({ leads }) => leads).length)
    }
  }

  async function start(count: number): Promise<{ consul: FakeConsul; all: readonly Replica[] }> {
    const consul = new FakeConsul(clock)
    const all = Array.from({ length: count }, (_, i) => {
      const replica = new Replica(`r${String(i)}`, consul, clock)
      replicas.push(replica)
      return replica
    })
    await pass(2000)
    return { consul, all }
  }
  const leaders = (all: readonly Replica[]): readonly string[] =>
    all.filter(({ leads }) => leads).map(({ name }) => name)
  const decisions = (all: readonly Replica[]) => all.map(({ decision }) => decision)

  it('has one leader, and all follow what it decides', async () => {
    const { all } = await start(3)
    const [leader] = all.filter(({ leads }) => leads)
    expect(leaders(all)).toHaveLength(1)
    expect(all.filter(({ leads }) => !leads).map(({ standing }) => standing.kind)).toEqual([
      'waiting',
      'waiting',
    ])
    leader?.decide('one')
    await pass(200)
    expect(decisions(all)).toEqual(['one', 'one', 'one'])
    expect(await leader?.registry.getSingleMetricAsString('muster_election_leader')).toContain(
      'muster_election_leader 1',
    )
  })

  it('writes the latest of several decisions, and none twice', async () => {
    const { all } = await start(2)
    const leader = all.find(({ leads }) => leads)
    leader?.decide('one')
    await pass(200)
    leader?.decide('two')
    leader?.decide('three')
    leader?.decide('three')
    await pass(200)
    expect(decisions(all)).toEqual(['three', 'three'])
    expect(leader?.store.writes).toBe(2)
  })

  it('has another leader after one that ends, which goes on from what was decided', async () => {
    const { all } = await start(3)
    const leader = all.find(({ leads }) => leads)
    leader?.decide('one')
    await pass(200)
    leader?.election.interrupt()
    await leader?.done
    const others = all.filter((one) => one !== leader)
    await pass(1000)
    expect(leaders(others)).toEqual([])
    expect(decisions(others)).toEqual(['one', 'one'])
    await pass(7000)
    expect(leaders(others)).toHaveLength(1)
    expect(decisions(others)).toEqual(['one', 'one'])
  })

  it('keeps what was decided when the store is gone, with no leader', async () => {
    const { all } = await start(3)
    all.find(({ leads }) => leads)?.decide('one')
    await pass(200)
    for (const { store } of all) store.cut()
    await pass(60_000)
    expect(leaders(all)).toEqual([])
    expect(decisions(all)).toEqual(['one', 'one', 'one'])
    for (const { store } of all) store.mend()
    await pass(30_000)
    expect(leaders(all)).toHaveLength(1)
    expect(decisions(all)).toEqual(['one', 'one', 'one'])
  })

  it('has no second leader while the first one is cut off, and the first one has stopped by then', async () => {
    const { consul, all } = await start(3)
    const leader = all.find(({ leads }) => leads)
    const others = all.filter((one) => one !== leader)
    leader?.decide('one')
    await pass(200)
    leader?.store.cut()
    leader?.decide('lost')
    await pass(9000)
    expect(leaders(others)).toEqual([])
    await pass(20_000)
    expect(leader?.leads).toBe(false)
    // What it decided and could not write was never in force for others, and is not for itself any more.
    expect(decisions(all)).toEqual(['one', 'one', 'one'])
    const [next] = others.filter(({ leads }) => leads)
    next?.decide('two')
    await pass(500)
    expect(decisions(others)).toEqual(['two', 'two'])
    leader?.store.mend()
    await pass(20_000)
    expect(decisions(all)).toEqual(['two', 'two', 'two'])
    expect(String(consul.state('muster/test/decision').value)).toBe('two')
    expect(leaders(all)).toHaveLength(1)
  })

  it('goes on after a store that has lost everything: the new leader writes what it knows', async () => {
    const { consul, all } = await start(3)
    all.find(({ leads }) => leads)?.decide('one')
    await pass(200)
    consul.lose()
    await pass(1000)
    expect(decisions(all)).toEqual(['one', 'one', 'one'])
    await pass(30_000)
    expect(leaders(all)).toHaveLength(1)
    for (const one of all) one.decide('two')
    await pass(1000)
    expect(String(consul.state('muster/test/decision').value)).toBe('two')
  })

  it('loses the lead when its session is ended by another program', async () => {
    const { consul, all } = await start(2)
    const leader = all.find(({ leads }) => leads)
    consul.end(consul.state('muster/test/leader').session)
    await pass(300)
    expect(leader?.leads).toBe(false)
    await pass(15_000)
    expect(leaders(all)).toHaveLength(1)
  })

  it('says once what fails, and once that it is over', async () => {
    const { all } = await start(1)
    const [one] = all
    one?.store.cut()
    await pass(120_000)
    one?.store.mend()
    await pass(120_000)
    const warned = one?.lines.filter((line) => line.startsWith('warn')) ?? []
    expect(warned.length).toBeLessThan(6)
  })

  it('frees every timer at its end', async () => {
    await start(3)
    for (const { election } of replicas) election.interrupt()
    await pass(3000)
    await Promise.all(replicas.map(({ done }) => done))
    expect(clock.pending).toBe(0)
  })
})
