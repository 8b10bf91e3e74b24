import { describe, expect, it } from 'vitest'
import { assign, type TargetSpec } from '../../src/allocation/assign.js'
import { Choice, ChoiceDiff } from '../../src/allocation/choice.js'
import { type Epoch, epochOf, wholeOrder } from '../../src/allocation/epoch.js'
import { hashKey, hashText, orderOf, seedsOf } from '../../src/allocation/hash.js'
import type { MemberSpec } from '../../src/allocation/member.js'
import { OwnerSets } from '../../src/allocation/owner-sets.js'
import { type ChoiceRules, type Facet, plainFacet, plainRules } from '../../src/allocation/rules.js'
import vectors from './vectors.json' with { type: 'json' }

function member(id: string, more: Partial<MemberSpec> = {}): MemberSpec {
  return { id, weight: 1, zone: '', node: '', ...more }
}

function members(count: number, from = 0): MemberSpec[] {
  return Array.from({ length: count }, (_, i) => member(`otel-${String(i + from)}`))
}

function target(address: string, facet: Facet = plainFacet, weight = 1): TargetSpec {
  return { key: hashKey([address]), facet, weight }
}

function targets(count: number): TargetSpec[] {
  return Array.from({ length: count }, (_, i) =>
    target(`10.0.${String(i >> 8)}.${String(i & 255)}:9100`),
  )
}

/** Numbers in [0, 1), the same ones in each run. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

/** Which part of the targets have an owner that they did not have before. */
function movedShare(
  before: readonly (readonly string[])[],
  after: readonly (readonly string[])[],
): number {
  const moved = after.filter((owners, i) => owners.some((id) => !(before[i] ?? []).includes(id)))
  return moved.length / after.length
}

function loads(owners: readonly (readonly string[])[]): Map<string, number> {
  const found = new Map<string, number>()
  for (const id of owners.flat()) found.set(id, (found.get(id) ?? 0) + 1)
  return found
}

const balanced: ChoiceRules = { ...plainRules, strategy: 'balanced' }

describe('the test vectors, from which any other program can check its own choice', () => {
  it.each(vectors.hashes)('hash of $text', ({ text, hash }) => {
    expect(hashText(text) >>> 0).toBe(hash)
  })
  it.each(vectors.seeds)('seeds of $id with weight $weight', ({ id, weight, seeds }) => {
    expect(Array.from(seedsOf(id, weight), (seed) => seed >>> 0)).toEqual(seeds)
  })
  it.each(vectors.choices)('$key among $members', ({ key, members: all, owners }) => {
    const specs = all.map(({ id, weight }) => member(id, { weight }))
    const rules = { ...plainRules, replicationFactor: owners.length }
    const spec = { key: hashKey(key), facet: plainFacet, weight: 1 }
    expect(assign([spec], epochOf(specs), rules)).toEqual([owners])
  })
})

describe('rendezvous', () => {
  it('gives each target exactly as many owners as are asked for, all different', () => {
    for (const replicationFactor of [1, 2, 3]) {
      const owners = assign(targets(2000), epochOf(members(7)), {
        ...plainRules,
        replicationFactor,
      })
      for (const each of owners) expect(new Set(each).size).toBe(replicationFactor)
    }
  })

  it('gives all members where there are fewer than asked for, and none where there is none', () => {
    const rules = { ...plainRules, replicationFactor: 3 }
    expect(assign(targets(1), epochOf(members(2)), rules)[0]?.length).toBe(2)
    expect(assign(targets(1), epochOf([]), rules)).toEqual([[]])
  })

  it('gives the same owners whatever the order of members and targets', () => {
    const random = randomOf(1)
    for (const rules of [plainRules, { ...plainRules, replicationFactor: 2 }, balanced]) {
      const all = targets(1000)
      const expected = assign(all, epochOf(members(9)), rules)
      const byKey = new Map(all.map(({ key }, i) => [key, expected[i]]))
      const others = shuffled(all, random)
      const found = assign(others, epochOf(shuffled(members(9), random)), rules)
      expect(found).toEqual(others.map(({ key }) => byKey.get(key)))
    }
  })

  it('moves no more than 1.3 times the ideal share when a member comes or goes', () => {
    for (const rules of [plainRules, balanced]) {
      const all = targets(50_000)
      const owners = (count: number): readonly (readonly string[])[] =>
        assign(all, epochOf(members(count)), rules)
      const before = owners(50)
      expect(movedShare(before, owners(51))).toBeLessThan(1.3 / 51)
      expect(movedShare(before, owners(49))).toBeLessThan(1.3 / 50)
    }
  })

  it('keeps the load of every member between 0.9 and 1.1 of the mean', () => {
    const found = loads(assign(targets(65_536), epochOf(members(64)), plainRules))
    for (const load of found.values()) {
      expect(load / 1024).toBeGreaterThan(0.9)
      expect(load / 1024).toBeLessThan(1.1)
    }
  })

  it('gives a member of weight 3 three times as many targets', () => {
    const found = loads(
      assign(targets(40_000), epochOf([member('a'), member('b', { weight: 3 })]), plainRules),
    )
    expect((found.get('b') ?? 0) / (found.get('a') ?? 1)).toBeCloseTo(3, 0)
  })

  it('gives a target without sharding to every member', () => {
    const facet = { ...plainFacet, isEverywhere: true }
    expect(assign([target('a:1', facet)], epochOf(members(3)), plainRules)).toEqual([
      ['otel-0', 'otel-1', 'otel-2'],
    ])
  })
})

describe('balanced', () => {
  it('gives no member more than 1.05 times its share of the weight', () => {
    const random = randomOf(5)
    const all = targets(5000).map((one) => ({ ...one, weight: 1 + Math.floor(random() * 8) }))
    const owners = assign(all, epochOf(members(20)), balanced)
    const weights = new Map<string, number>()
    for (const [i, [id = '']] of owners.entries()) {
      weights.set(id, (weights.get(id) ?? 0) + (all[i]?.weight ?? 0))
    }
    const sum = all.reduce((total, { weight }) => total + weight, 0)
    for (const weight of weights.values()) {
      expect(weight).toBeLessThanOrEqual(Math.ceil((1.05 * sum) / 20))
    }
  })

  it('gives a target that weighs more than any bound to a member all the same', () => {
    const all = [target('a:1', plainFacet, 1000), target('b:1')]
    for (const owners of assign(all, epochOf(members(4)), balanced)) expect(owners.length).toBe(1)
  })
})

describe('a limit of targets a member', () => {
  it('is never passed, and what fits nowhere has no owner', () => {
    const owners = assign(targets(100), epochOf(members(3)), { ...plainRules, maxTargets: 30 })
    expect([...loads(owners).values()]).toEqual([30, 30, 30])
    expect(owners.filter((each) => each.length === 0).length).toBe(10)
  })

  it('changes nothing while it is far', () => {
    const all = targets(1000)
    const limited = assign(all, epochOf(members(4)), { ...plainRules, maxTargets: 900 })
    expect(limited).toEqual(assign(all, epochOf(members(4)), plainRules))
  })
})

function on(node: string): TargetSpec {
  return target('x:1', { ...plainFacet, node })
}

describe('per-node', () => {
  const onNodes = epochOf([member('a', { node: 'n1' }), member('b', { node: 'n2' })])
  it('gives a target to the members of its node', () => {
    const rules: ChoiceRules = { ...plainRules, strategy: 'per-node' }
    expect(assign([on('n1'), on('n2'), on('n3'), on('')], onNodes, rules)).toEqual([
      ['a'],
      ['b'],
      [],
      [],
    ])
  })

  it('gives a target of another node to any member where there is a fallback', () => {
    const rules: ChoiceRules = { ...plainRules, strategy: 'per-node', hasFallback: true }
    for (const owners of assign([on('n3'), on('')], onNodes, rules)) expect(owners.length).toBe(1)
  })
})

describe('zones', () => {
  const facet = { a: { ...plainFacet, zone: 'a' }, b: { ...plainFacet, zone: 'b' } }
  const inZones = epochOf([member('a1', { zone: 'a' }), member('b1', { zone: 'b' })])
  const of = (zone: 'a' | 'b', count: number): TargetSpec[] =>
    targets(count).map((one) => ({ ...one, facet: facet[zone] }))

  it('strict: a zone without members leaves its targets without an owner', () => {
    const rules: ChoiceRules = { ...plainRules, zones: 'strict' }
    const only = epochOf([member('a1', { zone: 'a' })])
    expect(assign([...of('a', 1), ...of('b', 1)], only, rules)).toEqual([['a1'], []])
  })

  it('soft: a zone without members gives its targets to others', () => {
    const rules: ChoiceRules = { ...plainRules, zones: 'soft' }
    const only = epochOf([member('a1', { zone: 'a' })])
    expect(assign(of('b', 1), only, rules)).toEqual([['a1']])
  })

  it('soft: zones that are not crowded keep all of their targets', () => {
    const rules: ChoiceRules = { ...plainRules, zones: 'soft' }
    const owners = assign([...of('a', 600), ...of('b', 400)], inZones, rules)
    expect(loads(owners)).toEqual(
      new Map([
        ['a1', 600],
        ['b1', 400],
      ]),
    )
  })

  it('soft: a crowded zone keeps 1.25 times its share', () => {
    const rules: ChoiceRules = { ...plainRules, zones: 'soft' }
    const found = loads(assign([...of('a', 9000), ...of('b', 1000)], inZones, rules))
    expect((found.get('a1') ?? 0) / 5000).toBeCloseTo(1.25, 1)
  })
})

function stages(below: number): Epoch {
  return {
    generation: 2,
    stages: [
      { below, members: members(11) },
      { below: wholeOrder, members: members(10) },
    ],
    classes: {},
  }
}

describe('an epoch of two stages', () => {
  const all = targets(5000)
  it('gives a target the owners of its stage', () => {
    const below = wholeOrder / 4
    const [mixed, newer, older] = [stages(below), epochOf(members(11)), epochOf(members(10))].map(
      (epoch) => assign(all, epoch, plainRules),
    )
    for (const [i, { key }] of all.entries()) {
      expect(mixed?.[i]).toEqual(orderOf(key) < below ? newer?.[i] : older?.[i])
    }
  })
})

describe('what a change of the epoch leaves as it is', () => {
  it('is found out without another choice, and is always what a choice would say', () => {
    const random = randomOf(9)
    const all = targets(400)
    const zones = ['', 'a', 'b']
    const facets = zones.map((zone) => ({ ...plainFacet, zone }))
    for (let round = 0; round < 60; round += 1) {
      const some = (): MemberSpec[] =>
        members(12)
          .filter(() => random() < 0.7)
          .map((one) => ({
            ...one,
            weight: 1 + Math.floor(random() * 3),
            zone: zones[Math.floor(random() * 3)] ?? '',
          }))
      const rules: ChoiceRules = {
        ...plainRules,
        replicationFactor: 1 + (round % 3),
        zones: round % 2 === 0 ? 'soft' : 'none',
      }
      const sets = new OwnerSets()
      const epoch = (): Epoch => ({
        generation: round,
        stages: [
          { below: Math.floor(random() * wholeOrder), members: some() },
          { below: wholeOrder, members: some() },
        ],
        classes: {},
      })
      const [before, after] = [new Choice(epoch(), rules, sets), new Choice(epoch(), rules, sets)]
      const diff = new ChoiceDiff(before, after)
      for (const { key } of all) {
        const facet = facets[Math.abs(key) % 3] ?? plainFacet
        const found = diff.owners(key, facet, before.owners(key, facet))
        expect(found).toEqual(after.owners(key, facet))
      }
    }
  })
})
