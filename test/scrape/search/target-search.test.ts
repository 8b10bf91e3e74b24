import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SearchRequest } from '../../../src/scrape/search/index.js'
import { SearchBusyError, SearchTimeError } from '../../../src/scrape/search/index.js'
import { all, group, job, Rig, rule } from './rig.js'

const rig = new Rig()

async function found(more: Partial<SearchRequest>): Promise<readonly string[]> {
  const { items } = await rig.search.search({ ...all, ...more })
  return items.map(
    ({ pool, discoveredLabels }) => `${pool} ${discoveredLabels?.['__address__'] ?? ''}`,
  )
}

const web = group(
  'web',
  { __meta_team: 'Payments', zone: 'eu-1' },
  { __address__: '10.0.0.1:9100', __meta_env: 'prod', name: 'Web-1' },
  { __address__: '10.0.0.2:9100', __meta_env: 'test', name: 'web-2' },
  { __address__: '10.0.0.3:9100', __meta_env: 'prod', zone: 'us-2' },
  { __address__: 'bad/host', __meta_env: 'prod' },
)
const again = group('again', { __meta_env: 'prod' }, { __address__: '10.0.0.3:9100', zone: 'us-2' })
const probes = group('probes', {}, { __address__: 'db:1', __param_module: 'tcp probe' })

beforeAll(async () => {
  rig.configure(
    job('node', {
      relabel_configs: [
        rule({ source_labels: ['__meta_env'], target_label: 'env' }),
        rule({ source_labels: ['__meta_env'], regex: 'test', action: 'drop' }),
      ],
      rule_places: [
        { file: 'p.yml', line: 5, column: 9, path: '' },
        { file: 'p.yml', line: 7, column: 9, path: '' },
      ],
    }),
    job('probe', { metrics_path: '/probe', params: { debug: ['yes', 'more'] } }),
    job('twin', { relabel_configs: [rule({ target_label: 'job', replacement: 'node' })] }),
  )
  await rig.put('node', { 'file/0/web': web, 'consul/1/again': again })
  await rig.put('probe', { 'file/2/probes': probes })
  await rig.put('twin', { 'static/3/0': group('0', {}, { __address__: '10.0.0.1:9100' }) })
})
afterAll(() => rig.stop())

const everything = [
  'node 10.0.0.1:9100',
  'node 10.0.0.2:9100',
  'node 10.0.0.3:9100',
  'node bad/host',
  'probe db:1',
  'twin 10.0.0.1:9100',
]

describe('a search', () => {
  it.each<readonly [q: string, more: Partial<SearchRequest>, items: readonly string[]]>([
    ['', {}, everything],
    ['10.0.0.2', {}, ['node 10.0.0.2:9100']],
    ['WEB', {}, ['node 10.0.0.1:9100', 'node 10.0.0.2:9100']],
    ['payments', {}, everything.slice(0, 4)],
    ['payments -10.0.0', {}, ['node bad/host']],
    ['eu-1', {}, ['node 10.0.0.1:9100', 'node 10.0.0.2:9100', 'node bad/host']],
    ['us-2', {}, ['node 10.0.0.3:9100']],
    ['env=prod', {}, ['node 10.0.0.1:9100', 'node 10.0.0.3:9100']],
    ['{env="prod",zone!~"us.*"}', {}, ['node 10.0.0.1:9100']],
    ['__meta_env=test', {}, ['node 10.0.0.2:9100']],
    ['job=probe', {}, ['probe db:1']],
    ['job=node', { pools: ['twin'] }, ['twin 10.0.0.1:9100']],
    ['job=twin', { scope: 'discovered' }, ['twin 10.0.0.1:9100']],
    ['payments', { scope: 'labels' }, []],
    ['us-2', { scope: 'labels' }, ['node 10.0.0.3:9100']],
    ['web', { scope: 'labels' }, ['node 10.0.0.1:9100']],
    ['10.0.0.1:9100/metrics', {}, ['node 10.0.0.1:9100', 'twin 10.0.0.1:9100']],
    ['http://10.0.0.3', {}, ['node 10.0.0.3:9100']],
    ['/probe?debug=yes&debug=more', {}, ['probe db:1']],
    ['more', {}, ['probe db:1']],
    ['tcp+probe', {}, ['probe db:1']],
    ['10.0.0.1:9100/metrics', { scope: 'discovered' }, []],
    ['rule:2', {}, ['node 10.0.0.2:9100']],
    ['rule:1', {}, []],
    ['-rule:2 web', {}, ['node 10.0.0.1:9100']],
    ['provider:consul/1', {}, []],
    ['provider:file', {}, [...everything.slice(0, 4), 'probe db:1']],
    ['-provider:file', {}, ['twin 10.0.0.1:9100']],
    ['dup:', {}, ['node 10.0.0.1:9100', 'twin 10.0.0.1:9100']],
    ['-dup: 10.0.0', {}, ['node 10.0.0.2:9100', 'node 10.0.0.3:9100']],
    ['', { states: ['dropped'] }, ['node 10.0.0.2:9100']],
    ['', { states: ['failed', 'dropped'] }, ['node 10.0.0.2:9100', 'node bad/host']],
    ['', { pools: ['probe', 'nothing'] }, ['probe db:1']],
    ['', { offset: 2, limit: 2 }, ['node 10.0.0.3:9100', 'node bad/host']],
    [
      '',
      { sort: 'address', limit: 3 },
      ['node 10.0.0.1:9100', 'twin 10.0.0.1:9100', everything[1] ?? ''],
    ],
    ['', { sort: '-address', limit: 2 }, ['probe db:1', 'node bad/host']],
    ['', { sort: '-job', limit: 2 }, ['twin 10.0.0.1:9100', 'probe db:1']],
    ['zone!=""', { sort: '-zone', limit: 1 }, ['node 10.0.0.3:9100']],
  ])('%j with %j', async (q, more, items) => {
    expect(await found({ q, ...more })).toEqual(items)
  })

  it('says all about a target that a rule drops', async () => {
    const { items } = await rig.search.search({ ...all, q: 'web-2' })
    expect(items).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{12}$/) as unknown,
        pool: 'node',
        state: 'dropped',
        discoveredLabels: expect.objectContaining({ __meta_env: 'test', zone: 'eu-1' }) as unknown,
        rule: { number: 2, action: 'drop', place: 'p.yml:7:9' },
        provider: 'file/0',
      },
    ])
  })

  it('says all about an active target, and one that cannot be made', async () => {
    const [active] = (await rig.search.search({ ...all, q: 'tcp' })).items
    expect(active).toMatchObject({
      state: 'active',
      scrapeUrl: 'http://db:1/probe?debug=yes&debug=more&module=tcp+probe',
      labels: { instance: 'db:1', job: 'probe' },
    })
    const [failed] = (await rig.search.search({ ...all, states: ['failed'] })).items
    expect(failed).toMatchObject({ state: 'failed', error: '"bad/host" is not a valid hostname' })
  })

  it('counts exactly, whatever window and states are shown', async () => {
    const answer = await rig.search.search({ ...all, states: ['dropped'], limit: 0 })
    expect(answer).toMatchObject({
      items: [],
      matched: 1,
      byState: { active: 4, dropped: 1, failed: 1, held: 0, restored: 0 },
      byPool: { node: { active: 2, dropped: 1, failed: 1 }, probe: { active: 1 } },
    })
  })

  it('groups and counts the values of labels', async () => {
    const answer = await rig.search.search({
      ...all,
      group: 'zone',
      facets: ['job', '__meta_env'],
      limit: 2,
    })
    expect(answer).toMatchObject({
      items: [],
      groups: [
        { value: 'eu-1', count: 3 },
        { value: '', count: 2 },
      ],
      matchedGroups: 3,
      facets: {
        job: [
          { value: 'node', count: 4 },
          { value: 'probe', count: 1 },
          { value: 'twin', count: 1 },
        ],
        __meta_env: [
          { value: 'prod', count: 3 },
          { value: '', count: 2 },
          { value: 'test', count: 1 },
        ],
      },
    })
  })

  it('finds a target by its id, with the source of its group', async () => {
    const { items } = await rig.search.search(all)
    for (const item of items) {
      const one = await rig.search.target(item.pool, item.id)
      expect(one).toMatchObject({ item })
    }
    expect(await rig.search.target('node', items[0]?.id ?? '')).toMatchObject({ group: 'web' })
    expect(await rig.search.target('node', '0123456789ab')).toBeUndefined()
    expect(await rig.search.target('nothing', items[0]?.id ?? '')).toBeUndefined()
  })

  it('finds what the guard keeps, and what is from before the start', async () => {
    rig.marks = {
      held: (name) => new Map(name === 'node' ? [['file/0/web', { shown: web, count: 2 }]] : []),
      restored: new Set(['static/3']),
      version: '1',
    }
    expect(await found({ states: ['held'] })).toEqual(['node 10.0.0.3:9100', 'node bad/host'])
    expect(await found({ states: ['restored'] })).toEqual(['twin 10.0.0.1:9100'])
    const { items, byState } = await rig.search.search({ ...all, q: '10.0.0.3' })
    expect(items).toMatchObject([{ held: true }])
    expect(byState).toMatchObject({ active: 1, held: 1 })
    expect(await rig.search.target('node', items[0]?.id ?? '')).toMatchObject({
      item: { held: true },
    })
    rig.marks = { held: () => new Map(), restored: new Set(), version: '' }
  })

  it('has another version after a change, and shows the change', async () => {
    const before = rig.search.version([])
    const probe = rig.search.version(['probe'])
    const more = group('1', {}, { __address__: 'new:1' })
    await rig.put('twin', { 'static/3/1': more })
    expect(rig.search.version([])).not.toBe(before)
    expect(rig.search.version(['probe'])).toBe(probe)
    expect(await found({ q: 'new' })).toEqual(['twin new:1'])
    await rig.put('twin', { 'static/3/1': undefined })
    expect(await found({ q: 'new' })).toEqual([])
  })

  it('runs four at a time, and refuses a fifth', async () => {
    const running = Array.from({ length: 4 }, () => rig.search.search({ ...all, q: 'x' }))
    await expect(rig.search.search({ ...all, q: 'x' })).rejects.toThrow(SearchBusyError)
    await Promise.all(running)
    await rig.search.search({ ...all, q: 'x' })
  })

  it('ends when its client has gone', async () => {
    await expect(rig.search.search({ ...all, q: 'y' }, AbortSignal.abort())).rejects.toThrow(
      /abort/,
    )
    await rig.search.search({ ...all, q: 'y' })
  })
})

it('a search that takes too long says so', async () => {
  let now = 0
  const slow = new Rig({ now: () => (now += 1500) })
  slow.configure(job('a'))
  await slow.put('a', { 'static/0/0': group('0', {}, { __address__: 'a:1' }) })
  await expect(slow.search.search(all)).rejects.toThrow(SearchTimeError)
  slow.stop()
})
