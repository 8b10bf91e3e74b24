import { describe, expect, it } from 'vitest'
import { rulesOf } from '../../src/allocation/config.js'
import { ConfigError } from '../../src/yaml/index.js'
import { configOf } from './stage.js'

async function faultOf(text: string, before?: string): Promise<string> {
  try {
    await configOf(text, before)
    return ''
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.message
  }
}

describe('the file of the allocator', () => {
  it('has defaults for everything but the members', async () => {
    const { members, ...rest } = await configOf()
    expect(members.discovery.length).toBe(1)
    expect(rest).toMatchObject({
      strategy: 'rendezvous',
      fallback_strategy: 'none',
      key: ['__address__'],
      zone: { of: [], prefer: 'soft' },
      replication_factor: 1,
      max_targets: 0,
      weights: { label: '' },
      moves: {
        overlap: 'auto',
        budget: { share: 0.02, perMs: 60_000 },
        member_grace: 30_000,
        silent_after: 3,
        evict_silent: 0,
      },
    })
  })

  it.each([
    ['consistent-hashing', 'rendezvous'],
    ['least-weighted', 'balanced'],
    ['per-node', 'per-node'],
  ])('takes the strategy %s as %s', async (written, used) => {
    expect(rulesOf(await configOf(`strategy: ${written}`)).strategy).toBe(used)
  })

  it.each([
    ['none', Infinity],
    ['2%/1m', 0.02],
    ['0.5%/30s', 0.005],
    ['100%/1m', 1],
  ])('takes the budget %s', async (written, share) => {
    expect((await configOf(`moves: {budget: ${written}}`)).moves.budget.share).toBe(share)
  })

  it.each([
    { text: 'strategy: fair', says: 'unknown strategy "fair"' },
    { text: 'strategie: balanced', says: 'field strategie not found' },
    { text: 'moves: {budget: 2%}', says: 'budget "2%" is not like 2%/1m' },
    { text: 'moves: {budget: 0%/1m}', says: 'is not like 2%/1m' },
    { text: 'moves: {budget: 2%/0s}', says: 'is not like 2%/1m' },
    { text: 'moves: {overlap: long}', says: 'not a valid duration string' },
    { text: 'moves: {silent_after: 0}', says: 'silent_after is 1 or more' },
    { text: 'replication_factor: 0', says: 'replication_factor is 1 to 16' },
    { text: 'replication_factor: 99', says: 'replication_factor is 1 to 16' },
    { text: 'max_targets: -1', says: 'cannot unmarshal' },
    { text: 'key: []', says: 'key is empty' },
    { text: 'zone: {prefer: maybe}', says: 'unknown zone preference "maybe"' },
  ])('refuses $text', async ({ text, says }) => {
    expect(await faultOf(text)).toContain(says)
  })

  it.each([
    { before: '', says: 'members' },
    { before: 'members: {}', says: 'members has no section of service discovery' },
    { before: 'members: {relabel_configs: [{action: keep}]}', says: 'members' },
    { before: '[]', says: 'cannot unmarshal' },
    {
      before: 'members: {static_configs: [{targets: [a]}], relabel_configs: [{action: hashmod}]}',
      says: 'requires',
    },
  ])('refuses members like $before', async ({ before, says }) => {
    expect(await faultOf('', before)).toContain(says)
  })
})
