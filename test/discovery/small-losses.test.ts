import { describe, expect, it } from 'vitest'
import type { GuardRule } from '../../src/discovery/index.js'
import { Harness } from './harness.js'
import { group } from './scripted-mechanism.js'

const rule: GuardRule = { share: 0.5, minimum: 3, answers: 3, afterMs: 60_000 }

interface Options {
  readonly guard: GuardRule | undefined
  /** The providers of each. */
  readonly sets?: Readonly<Record<string, readonly string[]>>
}

/** Services of one target each, as a Consul has them, in the sets that have the provider `a`. */
function services(
  count: number,
  { guard, sets = { job: ['a'] } }: Options = { guard: rule },
): {
  readonly h: Harness
  readonly lose: (i: number) => void
  readonly regain: (i: number) => void
} {
  const h = new Harness({ guard })
  h.load(sets)
  const a = h.mechanism.script('a')
  a.emit(...Array.from({ length: count }, (_, i) => group(`s${String(i)}`, `t${String(i)}`)))
  h.scheduler.advance(1000)
  return {
    h,
    lose: (i) => a.emit(group(`s${String(i)}`)),
    regain: (i) => a.emit(group(`s${String(i)}`, `t${String(i)}`)),
  }
}

/** The addresses that a consumer sees in a set, and those a new one would. */
function addresses(h: Harness, set = 'job'): readonly string[] {
  h.scheduler.advance(100)
  const now = [...(h.seen.get(set)?.values() ?? [])].flatMap((list) => list.split('+')).sort()
  const fresh: string[] = []
  h.manager.updates
    .subscribe(({ set: name, changes }) => {
      const targets = name === set ? [...changes.values()].flatMap((g) => g?.targets ?? []) : []
      fresh.push(...targets.map(({ __address__ = '' }) => __address__))
    })
    .unsubscribe()
  expect(fresh.sort()).toEqual(now)
  return now
}

const named = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from }, (_, i) => `t${String(from + i)}`)

describe('many small losses', () => {
  it('within a minute are held back like a large one, and what went at first is shown again', async () => {
    const { h, lose } = services(8)
    for (const i of [0, 1, 2, 3]) lose(i)
    expect(addresses(h)).toEqual(named(4, 8))
    expect(h.logged).toEqual([])
    for (const i of [4, 5, 6, 7]) lose(i)
    expect(addresses(h)).toEqual(named(0, 8))
    expect(h.logged).toEqual(['warn Mass drop held back'])
    expect(h.manager.guarded()).toMatchObject([{ set: 'job', heldTargets: 8 }])
    expect(await h.metric('muster_sd_guard_held_targets')).toEqual({ 'scrape,job': 8 })
    expect(await h.metric('muster_sd_guard_trips_total')).toEqual({ 'scrape,job': 1 })
    expect(await h.metric('prometheus_sd_discovered_targets')).toEqual({ 'scrape,job': 8 })
  })

  it.each([
    { name: 'over more than a minute', pause: 60_000, left: 0 },
    { name: 'over less than a minute', pause: 7000, left: 8 },
  ])('$name: $left of 8 targets are left', ({ pause, left }) => {
    const { h, lose } = services(8)
    for (let i = 0; i < 4; i += 1) lose(i)
    h.scheduler.advance(pause)
    for (let i = 4; i < 6; i += 1) lose(i)
    h.scheduler.advance(pause)
    for (let i = 6; i < 8; i += 1) lose(i)
    expect(addresses(h)).toHaveLength(left)
  })

  it('of a small number of targets are believed', () => {
    const { h, lose } = services(2)
    lose(0)
    lose(1)
    expect(addresses(h)).toEqual([])
    expect(h.manager.guarded()).toEqual([])
  })

  it('of a small share of the targets are believed', () => {
    const { h, lose } = services(8)
    for (let i = 0; i < 4; i += 1) lose(i)
    expect(addresses(h)).toEqual(named(4, 8))
    expect(h.manager.guarded()).toEqual([])
  })

  it('that come back one after the other are no mass drop', () => {
    const { h, lose, regain } = services(8)
    for (let i = 0; i < 8; i += 1) {
      lose(i)
      expect(addresses(h)).toHaveLength(7)
      regain(i)
    }
    expect(addresses(h)).toEqual(named(0, 8))
    expect(h.logged).toEqual([])
    h.scheduler.advance(1000)
    expect(h.scheduler.pending).toBe(0)
  })

  it.each([
    { name: 'before the old ones go', old: ['t', 'n'] },
    { name: 'after the old ones went', old: [] },
    { name: 'with the same answer', old: undefined },
  ])('are no mass drop where new targets come $name', ({ old }) => {
    const { h } = services(8)
    for (const i of Array.from({ length: 8 }, (_, n) => String(n))) {
      const { length } = addresses(h)
      if (old !== undefined) h.mechanism.script('a').emit(group(`s${i}`, ...old.map((o) => o + i)))
      expect(addresses(h)).toHaveLength(old === undefined ? length : length - 1 + old.length)
      h.mechanism.script('a').emit(group(`s${i}`, `n${i}`))
    }
    expect(addresses(h)).toEqual(named(0, 8).map((t) => t.replace('t', 'n')))
    expect(h.logged).toEqual([])
  })

  it.each([
    { name: 'with one answer', at: 'once' },
    { name: 'one by one', at: 'a time' },
  ])('are no mass drop where the targets move to other sources, $name', ({ at }) => {
    const { h } = services(8)
    const moves = named(0, 8).map((t, i) => [group(`s${String(i)}`), group(`m${String(i)}`, t)])
    for (const batch of at === 'once' ? [moves.flat()] : moves) {
      h.mechanism.script('a').emit(...batch)
    }
    expect(addresses(h)).toEqual(named(0, 8))
    expect(h.logged).toEqual([])
  })

  it('within groups are brought back into them', () => {
    const h = new Harness({ guard: rule })
    h.load({ job: ['a'] })
    const a = h.mechanism.script('a')
    a.emit(group('x', '1', '2', '3', '4'), group('y', '5', '6'))
    h.scheduler.advance(1000)
    a.emit(group('x', '1', '2', '3'))
    a.emit(group('x', '1', '2'))
    a.emit(group('y'))
    expect(addresses(h)).toEqual(['1', '2', '3', '4', '5', '6'])
    expect([...(h.seen.get('job')?.values() ?? [])]).toEqual(['1+2+4+3', '5+6'])
    a.emit(group('x', '1', '4'))
    expect(addresses(h)).toEqual(['1', '2', '3', '4', '5', '6'])
    h.scheduler.advance(60_000)
    expect(addresses(h)).toEqual(['1', '4'])
  })

  it.each([
    { by: 'answers', until: (h: Harness) => [1, 2].forEach(() => h.mechanism.script('a').emit()) },
    { by: 'time', until: (h: Harness) => h.scheduler.advance(60_000) },
    { by: 'somebody', until: (h: Harness) => h.manager.accept('job') },
  ])('are believed, all of them, by $by', async ({ until }) => {
    const { h, lose } = services(8)
    for (let i = 0; i < 7; i += 1) lose(i)
    expect(addresses(h)).toEqual(named(0, 8))
    until(h)
    expect(addresses(h)).toEqual(['t7'])
    expect(h.manager.guarded()).toEqual([])
    expect(await h.metric('muster_sd_guard_held_targets')).toEqual({ 'scrape,job': 0 })
    h.scheduler.advance(1000)
    expect(h.scheduler.pending).toBe(0)
  })

  it('stay confirmed by answers about other services, and a growing loss must be confirmed anew', () => {
    const { h, lose } = services(8)
    const a = h.mechanism.script('a')
    for (let i = 0; i < 5; i += 1) lose(i)
    a.emit()
    a.emit(group('new', 't8'))
    expect(addresses(h)).toEqual(named(0, 9))
    lose(5)
    a.emit()
    a.emit(group('new', 't8', 't9'))
    expect(addresses(h)).toEqual([...named(0, 10)])
    a.emit()
    expect(addresses(h)).toEqual(named(6, 10))
  })

  it('that were accepted do not count towards the next ones', () => {
    const { h, lose } = services(16)
    for (let i = 0; i < 8; i += 1) lose(i)
    h.manager.accept('job')
    lose(8)
    expect(addresses(h)).toEqual(named(9, 16).toSorted())
    expect(h.logged).toEqual([])
  })

  it('are judged set by set, where sets share a provider', () => {
    const { h, lose } = services(6, { guard: rule, sets: { job: ['a'], large: ['a', 'b'] } })
    h.mechanism.script('b').emit(group('y', ...named(6, 12)))
    h.scheduler.advance(1000)
    for (let i = 0; i < 6; i += 1) lose(i)
    expect(addresses(h)).toEqual(named(0, 6))
    expect(addresses(h, 'large')).toEqual(named(6, 12).toSorted())
  })

  it('are summed over the providers of a set, which may have the same registry', () => {
    const h = new Harness({ guard: rule })
    h.load({ job: ['a', 'b', 'c'] })
    for (const [i, name] of ['a', 'b', 'c'].entries()) {
      h.mechanism.script(name).emit(group('x', ...named(3 * i, 3 * i + 3)))
    }
    h.scheduler.advance(1000)
    for (const name of ['a', 'b', 'c']) h.mechanism.script(name).emit(group('x'))
    expect(addresses(h)).toEqual(named(0, 9))
    h.mechanism.script('a').emit()
    h.mechanism.script('a').emit()
    expect(addresses(h)).toEqual(named(3, 9))
    h.scheduler.advance(59_000)
    expect(addresses(h)).toEqual(named(3, 9))
    h.scheduler.advance(1000)
    expect(addresses(h)).toEqual([])
  })

  it('are confirmed for each provider by its own answers', () => {
    const { h, lose } = services(4, { guard: rule, sets: { job: ['a', 'b'] } })
    const b = h.mechanism.script('b')
    b.emit(group('y', 't4', 't5'))
    for (const i of [0, 1, 2]) lose(i)
    b.emit(group('y'))
    for (const left of [6, 6, 4]) {
      expect(addresses(h)).toHaveLength(left)
      b.emit()
    }
  })

  it('do not bring back what others came for', () => {
    const { h, lose } = services(5, { guard: rule, sets: { job: ['a', 'b'] } })
    h.mechanism.script('b').emit(group('y', 'old'))
    h.mechanism.script('b').emit(group('y', 'new'))
    for (const i of [0, 1, 2, 3]) lose(i)
    expect(addresses(h)).toEqual(['new', ...named(0, 5)])
  })

  it('count in full once those that others came for are forgotten', () => {
    const { h, lose } = services(8)
    const a = h.mechanism.script('a')
    for (let i = 0; i < 4; i += 1) a.emit(group(`s${String(i)}`, `n${String(i)}`))
    h.scheduler.advance(30_000)
    for (let i = 0; i < 4; i += 1) lose(i)
    h.scheduler.advance(30_000)
    lose(4)
    expect(addresses(h)).toEqual(['n0', 'n1', 'n2', 'n3', ...named(4, 8)])
  })

  it('are forgotten after a minute', () => {
    const { h, lose } = services(8)
    lose(0)
    h.scheduler.advance(30_000)
    lose(1)
    expect(h.scheduler.pending).toBe(2)
    h.scheduler.advance(59_000)
    expect(h.scheduler.pending).toBe(1)
    h.scheduler.advance(1000)
    expect(h.scheduler.pending).toBe(0)
  })

  it.each([
    { name: 'the manager stops', end: (h: Harness) => h.manager.interrupt() },
    { name: 'the set is gone', end: (h: Harness) => h.load({}) },
    { name: 'the provider is gone', end: (h: Harness) => h.load({ job: ['b'] }) },
  ])('leave no timer when $name', ({ end }) => {
    const { h, lose } = services(8)
    lose(0)
    h.scheduler.advance(1000)
    end(h)
    h.scheduler.advance(100)
    expect(h.scheduler.pending).toBe(0)
  })

  it('are not remembered without a rule', () => {
    const { h, lose } = services(8, { guard: undefined })
    for (let i = 0; i < 8; i += 1) lose(i)
    h.scheduler.advance(1000)
    expect(addresses(h)).toEqual([])
    h.scheduler.advance(1000)
    expect(h.scheduler.pending).toBe(0)
  })
})

describe('whatever a provider says', () => {
  it.each(Array.from({ length: 30 }, (_, seed) => ({ seed })))(
    'no target is missing, and those that are held are counted (seed $seed)',
    ({ seed }) => {
      const h = new Harness({ guard: rule })
      h.load({ job: ['a', 'b'] })
      const random = dice(seed)
      const truth = new Map<string, readonly string[]>()
      for (let i = 0; i < 200; i += 1) {
        const provider = random(2) === 0 ? 'a' : 'b'
        const batch = Array.from({ length: random(4) }, () => {
          const source = String(random(6))
          // Only those of one provider move between its sources.
          const list = Array.from({ length: random(4) }, () => `${provider}${String(random(20))}`)
          return { source, list: [...new Set(list)] }
        })
        for (const { source, list } of batch) truth.set(`${provider}/${source}`, list)
        h.mechanism.script(provider).emit(...batch.map((g) => group(g.source, ...g.list)))
        if (random(20) === 0) h.manager.freeze('job')
        if (random(10) === 0) h.manager.accept('job')
        h.scheduler.advance(random(3) === 0 ? random(40_000) : random(200))
        const there = [...truth.values()].flat()
        const now = addresses(h)
        const [status] = h.manager.guarded()
        expect(now).toEqual(expect.arrayContaining(there))
        expect(now.length).toBe(there.length + (status?.heldTargets ?? 0))
      }
      h.manager.accept('job')
      expect(addresses(h)).toEqual([...truth.values()].flat().sort())
      h.scheduler.advance(100_000)
      expect(h.scheduler.pending).toBe(0)
    },
  )
})

/** Numbers below a limit, always the same for a seed. */
function dice(seed: number): (limit: number) => number {
  let state = seed + 1
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}
