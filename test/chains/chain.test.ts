import { describe, expect, it } from 'vitest'
import { group } from '../discovery/scripted-mechanism.js'
import { ChainHarness } from './chain-harness.js'

const chains = (more = ''): string => `
chains:
  - job: apps
    from: {scripted_sd_configs: [registry]}
    each: {scripted_sd_configs: ['server {{__address__}}']}
${more}`

/** The chain with two servers that have answered. */
async function running(options: ConstructorParameters<typeof ChainHarness>[0] = {}) {
  const h = new ChainHarness(options)
  await h.reload({ apps: [] }, chains())
  h.script('registry').emit(group('r', '1', '2'))
  h.settle()
  h.script('server 1').emit(group('one', 'a:80'))
  h.script('server 2').emit(group('two', 'b:80', 'c:80'))
  h.settle()
  return h
}

describe('a chain', () => {
  it('makes a provider of each target of its source, and the job has what these find', async () => {
    const h = await running()
    expect(h.shown('apps')).toEqual({ one: 'a:80', two: 'b:80+c:80' })
    expect(h.providers('apps')).toEqual([
      'chain/0 running',
      'scripted/2 running',
      'scripted/3 running',
    ])
    expect(h.providers('chain/apps')).toEqual(['scripted/1 running'])
  })

  it('adds to what the job finds itself', async () => {
    const h = new ChainHarness()
    await h.reload({ apps: ['own'], other: ['own'] }, chains())
    h.script('own').emit(group('mine', 'm:80'))
    h.script('registry').emit(group('r', '1'))
    h.settle()
    h.script('server 1').emit(group('one', 'a:80'))
    h.settle()
    expect(h.shown('apps')).toEqual({ mine: 'm:80', one: 'a:80' })
    expect(h.shown('other')).toEqual({ mine: 'm:80' })
  })

  it('waits for the whole source before its own provider has answered', async () => {
    const h = new ChainHarness()
    const two = chains().replace('[registry]', '[registry, second]')
    await h.reload({ apps: [] }, two)
    expect(h.providers('apps')).toEqual(['chain/0 starting'])
    h.script('registry').emit(group('r', '1'))
    h.settle()
    expect(h.providers('apps')).toEqual(['chain/0 starting', 'scripted/3 starting'])
    h.script('second').emit()
    h.settle()
    expect(h.providers('apps')).toEqual(['chain/0 running', 'scripted/3 starting'])
  })

  it('gives up a server that its source does not have any more', async () => {
    const h = await running()
    h.script('registry').emit(group('r', '2'))
    h.settle()
    expect(h.shown('apps')).toEqual({ two: 'b:80+c:80' })
    expect(h.script('server 1').isSubscribed).toBe(false)
    expect(h.providers('apps')).toEqual(['chain/0 running', 'scripted/3 running'])
  })

  it('keeps all servers while its source fails', async () => {
    const h = await running()
    h.script('registry').fail(new Error('registry is down'))
    h.scheduler.advance(60_000)
    expect(h.shown('apps')).toEqual({ one: 'a:80', two: 'b:80+c:80' })
    expect(h.script('server 1').isSubscribed).toBe(true)
    expect(h.providers('chain/apps')).toEqual(['scripted/1 failing'])
  })

  it('keeps the groups of a server that fails', async () => {
    const h = await running()
    h.script('server 1').fail(new Error('down'))
    h.settle()
    expect(h.shown('apps')).toEqual({ one: 'a:80', two: 'b:80+c:80' })
    expect(h.providers('apps')).toContain('scripted/2 failing')
  })

  it('asks a server on when labels change that its config is not made of', async () => {
    const h = await running()
    const targets = [{ __address__: '1', version: 'new' }, { __address__: '2' }]
    h.script('registry').emit({ source: 'r', labels: { dc: 'eu' }, targets })
    h.script('registry').emit(
      { source: 'moved', labels: {}, targets: targets.slice(0, 1) },
      group('r', '2'),
    )
    h.settle()
    expect(h.script('server 1').subscriptions).toBe(1)
    expect(h.mechanism.created).toEqual(['registry', 'server 1', 'server 2'])
    expect(h.shown('apps')).toEqual({ one: 'a:80', two: 'b:80+c:80' })
  })

  it('asks one server once, whatever the number of targets that make it', async () => {
    const h = new ChainHarness()
    await h.reload({ apps: [] }, chains("    labels: {dc: '{{dc}}'}"))
    const targets = [{ __address__: '1' }, { __address__: '1', note: 'again' }]
    h.script('registry').emit({ source: 'r', labels: { dc: 'eu' }, targets })
    h.settle()
    expect(h.script('server 1').subscriptions).toBe(1)
    expect(h.providers('apps')).toEqual(['chain/0 running', 'scripted/2 starting'])
  })

  it('gives the labels that it carries to what is found, in place of labels of the same name', async () => {
    const h = new ChainHarness()
    const groups = new Map<string, unknown>()
    h.manager.updates.subscribe(({ set, changes }) => {
      if (set === 'apps') for (const [key, found] of changes) groups.set(key, found?.labels)
    })
    await h.reload(
      { apps: [] },
      chains("    labels: {dc: 'dc-{{dc}}', rack: '{{rack}}', fixed: yes}"),
    )
    h.script('registry').emit({
      source: 'r',
      labels: { dc: 'eu' },
      targets: [{ __address__: '1' }],
    })
    h.settle()
    h.script('server 1').emit({
      source: 'one',
      labels: { dc: 'own', x: 'y' },
      targets: [{ __address__: 'a' }],
    })
    h.settle()
    expect([...groups.values()]).toEqual([{ dc: 'dc-eu', x: 'y', fixed: 'yes' }])
  })

  it('follows the targets that its rules keep, as they are after the rules', async () => {
    const h = new ChainHarness()
    const rules = `[registry], relabel_configs: [
      {source_labels: [role], regex: api, action: keep},
      {source_labels: [__address__], target_label: __address__, replacement: 'api-$1'}]`
    await h.reload({ apps: [] }, chains().replace('[registry]', rules))
    const targets = [
      { __address__: '1', role: 'api' },
      { __address__: '2', role: 'db' },
    ]
    h.script('registry').emit({ source: 'r', labels: {}, targets })
    h.settle()
    expect(h.mechanism.created).toEqual(['registry', 'server api-1'])
  })
})

describe('the limit of a chain', () => {
  const limited = chains('    limit: 2')

  it('leaves out what is too many, and says so', async () => {
    const h = new ChainHarness()
    await h.reload({ apps: [] }, limited)
    h.script('registry').emit(group('r', '9', '3', '5'))
    h.settle()
    expect(h.mechanism.created).toEqual(['registry', 'server 3', 'server 5'])
    expect(h.fault('apps')).toContain('1 more targets than the limit of 2')
    expect(await h.metric('muster_sd_chain_servers')).toEqual({
      'apps,followed': 2,
      'apps,over_limit': 1,
      'apps,faulty': 0,
    })
  })

  it('never gives up a server for one that comes later', async () => {
    const h = new ChainHarness()
    await h.reload({ apps: [] }, limited)
    h.script('registry').emit(group('r', '5', '6'))
    h.settle()
    h.script('registry').emit(group('r', '1', '5', '6'))
    h.settle()
    expect(h.mechanism.created).toEqual(['registry', 'server 5', 'server 6'])
    h.script('registry').emit(group('r', '1', '6'))
    h.settle()
    expect(h.mechanism.created).toEqual(['registry', 'server 5', 'server 6', 'server 1'])
    expect(h.fault('apps')).toBeUndefined()
  })
})

describe('a target of which no config can be made', () => {
  it('is a fault of the chain, and the others are followed', async () => {
    const h = new ChainHarness()
    await h.reload({ apps: [] }, chains().replace('__address__', 'server'))
    const targets = [{ __address__: '1', server: 'x' }, { __address__: '2' }]
    h.script('registry').emit({ source: 'r', labels: {}, targets })
    h.settle()
    expect(h.mechanism.created).toEqual(['registry', 'server x'])
    expect(h.fault('apps')).toBe('no config for "2": it has no label "server"')
    h.script('registry').emit({ source: 'r', labels: {}, targets: targets.slice(0, 1) })
    h.settle()
    expect(h.providers('apps')[0]).toBe('chain/0 running')
  })
})

describe('the guard', () => {
  const guard = { share: 0.5, minimum: 10, answers: 3, afterMs: 300_000 }

  it('holds back the loss of most servers, be there ever so few', async () => {
    const h = await running({ guard })
    h.script('registry').emit(group('r'))
    h.settle()
    expect(h.shown('apps')).toEqual({ one: 'a:80', two: 'b:80+c:80' })
    expect(h.manager.guarded()).toMatchObject([{ set: 'chain/apps', heldTargets: 2 }])
    h.script('registry').emit(group('r', '1', '2'))
    h.settle()
    expect(h.manager.guarded()).toEqual([])
    expect(h.script('server 1').subscriptions).toBe(1)
  })

  it.each([
    {
      how: 'enough answers confirm it',
      confirm: (h: ChainHarness) => [1, 2].forEach(() => h.script('registry').emit(group('r'))),
    },
    { how: 'its time is over', confirm: (h: ChainHarness) => h.scheduler.advance(300_000) },
    { how: 'a user accepts it', confirm: (h: ChainHarness) => h.manager.accept('chain/apps') },
  ])('lets go when $how', async ({ confirm }) => {
    const h = await running({ guard })
    h.script('registry').emit(group('r'))
    h.settle()
    confirm(h)
    h.settle()
    expect(h.shown('apps')).toEqual({})
    expect(h.providers('apps')).toEqual(['chain/0 running'])
  })

  it('keeps the servers of a frozen job until it is accepted', async () => {
    const h = await running({ guard })
    h.manager.freeze('apps')
    h.script('registry').emit(group('r', '2'))
    h.settle()
    expect(h.shown('apps')).toEqual({ one: 'a:80', two: 'b:80+c:80' })
    expect(h.script('server 1').isSubscribed).toBe(true)
    h.manager.accept('apps')
    h.settle()
    expect(h.shown('apps')).toEqual({ two: 'b:80+c:80' })
  })
})

describe('a reload', () => {
  it('without a change asks every server on', async () => {
    const h = await running()
    expect(await h.reload({ apps: [] }, chains())).toEqual([])
    h.settle()
    expect(h.mechanism.created).toEqual(['registry', 'server 1', 'server 2'])
    expect(h.shown('apps')).toEqual({ one: 'a:80', two: 'b:80+c:80' })
  })

  it.each([
    { what: 'the limit', next: chains('    limit: 20') },
    {
      what: 'the rules, for the same servers',
      next: chains().replace(
        '[registry]',
        '[registry], relabel_configs: [{regex: x, action: labeldrop}]',
      ),
    },
    {
      what: 'the way the template is written',
      next: chains().replace('{{__address__}}', '{{ __address__ }}'),
    },
  ])('of $what keeps the providers of servers that are the same', async ({ next }) => {
    const h = await running()
    h.news()
    await h.reload({ apps: [] }, next)
    h.settle()
    expect(h.mechanism.created).toEqual(['registry', 'server 1', 'server 2'])
    expect(h.script('server 1').subscriptions).toBe(1)
    expect(h.news()).toEqual([])
    expect(h.shown('apps')).toEqual({ one: 'a:80', two: 'b:80+c:80' })
  })

  it('of the template asks the new servers in the same turn', async () => {
    const h = await running()
    await h.reload({ apps: [] }, chains().replace('server {{', 'other {{'))
    expect(h.mechanism.created.slice(3)).toEqual(['other 1', 'other 2'])
    expect(h.script('server 1').isSubscribed).toBe(false)
    expect(h.shown('apps')).toEqual({})
  })

  it('of the source keeps the servers until the new source has answered', async () => {
    const h = await running()
    await h.reload({ apps: [] }, chains().replace('[registry]', '[elsewhere]'))
    h.settle()
    expect(h.shown('apps')).toEqual({ one: 'a:80', two: 'b:80+c:80' })
    h.script('elsewhere').emit(group('r', '2', '3'))
    h.settle()
    expect(h.shown('apps')).toEqual({ two: 'b:80+c:80' })
    expect(h.script('server 2').subscriptions).toBe(1)
    expect(h.script('server 3').isSubscribed).toBe(true)
  })

  it('without the chain stops everything of it', async () => {
    const h = await running()
    await h.reload({ apps: [] }, 'chains: []')
    h.settle()
    expect(h.manager.providers()).toEqual([])
    expect(h.shown('apps')).toEqual({})
    expect([...h.seen.keys()]).toEqual(['apps'])
    expect(h.script('server 1').isSubscribed).toBe(false)
    expect(await h.metric('muster_sd_chain_servers')).toEqual({})
    expect(h.scheduler.pending).toBe(0)
  })

  it('that moves the chain to another job takes the servers along', async () => {
    const h = await running()
    await h.reload({ apps: [], web: [] }, chains('    name: apps').replace('job: apps', 'job: web'))
    h.settle()
    expect(h.shown('apps')).toEqual({})
    expect(h.shown('web')).toEqual({ one: 'a:80', two: 'b:80+c:80' })
  })

  it('while the source answers in between its two steps loses nothing', async () => {
    const h = await running()
    const again = h.reload({ apps: [] }, chains('    limit: 20'))
    h.script('registry').emit(group('r', '1', '2', '3'))
    h.settle()
    await again
    h.settle()
    expect(h.mechanism.created).toEqual(['registry', 'server 1', 'server 2', 'server 3'])
    expect(h.script('server 1').subscriptions).toBe(1)
  })
})

it('the end of the manager frees everything', async () => {
  const h = await running()
  h.manager.interrupt()
  await h.done
  expect(['registry', 'server 1', 'server 2'].map((one) => h.script(one).isSubscribed)).toEqual([
    false,
    false,
    false,
  ])
  expect(h.scheduler.pending).toBe(0)
})
