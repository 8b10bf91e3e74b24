import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { until } from '../../helpers/until.js'
import { FakeConsul } from './fake-consul.js'
import { type Harness, harness, type Run } from './harness.js'

let consul: FakeConsul
let muster: Harness

beforeEach(async () => {
  consul = await FakeConsul.listen()
  onTestFinished(() => consul.close())
  muster = harness()
})

/** Starts a discoverer of the fake. */
const run = (yaml = ''): Run => muster.run(`server: 127.0.0.1:${String(consul.port)}\n${yaml}`)
const requestsFor = (part: string): readonly string[] =>
  consul.requests.filter((url) => url.includes(part))

/** The fake knows no prefix; this answers as a gateway would that takes it away. */
function prefixed(url: string): { kind: 'body'; body: string } {
  if (url.includes('/agent/self')) return { kind: 'body', body: '{"Config":{"Datacenter":"dc"}}' }
  return { kind: 'body', body: url.includes('/catalog/') ? '{"web":[]}' : '[]' }
}

describe('what is asked of Consul', () => {
  it.each([
    [
      'everything',
      '',
      '/v1/catalog/services?stale=&wait=120000ms',
      '/v1/health/service/web?stale=&wait=120000ms',
    ],
    [
      'tags, each as a parameter of its own',
      'tags: [a, b]',
      '/v1/catalog/services?stale=&wait=120000ms',
      '/v1/health/service/web?stale=&tag=a&tag=b&wait=120000ms',
    ],
    [
      'node metadata',
      'node_meta: {rack_name: "2304", os: linux}',
      '/v1/catalog/services?node-meta=rack_name%3A2304&node-meta=os%3Alinux&stale=&wait=120000ms',
      '/v1/health/service/web?node-meta=rack_name%3A2304&node-meta=os%3Alinux&stale=&wait=120000ms',
    ],
    [
      'filters, one for the catalog and one for health',
      'filter: "ServiceTags != x"\nhealth_filter: "Node == n"',
      '/v1/catalog/services?filter=ServiceTags%20!%3D%20x&stale=&wait=120000ms',
      '/v1/health/service/web?filter=Node%20%3D%3D%20n&stale=&wait=120000ms',
    ],
    [
      'datacenter, namespace and partition, and no stale answers',
      'datacenter: dc2\nnamespace: n\npartition: p\nallow_stale: false',
      '/v1/catalog/services?dc=dc2&ns=n&partition=p&wait=120000ms',
      '/v1/health/service/web?dc=dc2&ns=n&partition=p&wait=120000ms',
    ],
    [
      'a path prefix',
      'path_prefix: /consul',
      '/consul/v1/catalog/services?stale=&wait=120000ms',
      '/consul/v1/health/service/web?stale=&wait=120000ms',
    ],
  ])('is %s', async (_, yaml, catalog, service) => {
    consul.set('web', [{ id: 'web-1', tags: ['a', 'b'] }])
    consul.fault = (url) => (url.startsWith('/consul/') ? prefixed(url) : undefined)
    const { emissions } = run(yaml)
    await until(
      'the first answers',
      () => emissions.length === 1 || requestsFor('/health/').length > 0,
    )
    expect(consul.requests).toContain(catalog)
    expect(consul.requests).toContain(service)
  })

  it('carries the token, the credentials and the name of who asks', async () => {
    const { emissions } = run('token: t0ken\nusername: me\npassword: pw')
    await until('the first answers', () => emissions.length === 1)
    expect(consul.headers[0]).toMatchObject({
      'x-consul-token': 't0ken',
      authorization: `Basic ${btoa('me:pw')}`,
      'user-agent': 'muster/test',
    })
  })

  it('does not include the datacenter that was found out', async () => {
    consul.set('web', [{ id: 'web-1' }])
    const { groups } = run()
    await until('the service', () => groups.size === 1)
    expect(groups.get('web')?.labels).toEqual({
      __meta_consul_service: 'web',
      __meta_consul_dc: 'dc-fake',
    })
    expect(requestsFor('dc=')).toEqual([])
  })

  it('leaves the agent alone when the datacenter is configured', async () => {
    consul.set('web', [{ id: 'web-1' }])
    const { groups } = run('datacenter: dc9')
    await until('the service', () => groups.size === 1)
    expect(groups.get('web')?.labels['__meta_consul_dc']).toBe('dc9')
    expect(requestsFor('/agent/')).toEqual([])
  })

  it('leaves the catalog alone when only services are configured', async () => {
    consul.set('web', [{ id: 'web-1' }])
    const { emissions } = run('services: [web, absent, web]')
    await until('the services', () => emissions.length === 1)
    expect(requestsFor('/catalog/')).toEqual([])
    const sizes = new Map(emissions[0]?.map(({ source, targets }) => [source, targets.length]))
    expect(sizes).toEqual(
      new Map([
        ['web', 1],
        ['absent', 0],
      ]),
    )
  })
})

describe('consul discovery', () => {
  it('emits all groups at first, and then only what changed', async () => {
    consul.set('web', [{ id: 'web-1' }])
    consul.set('db', [{ id: 'db-1' }])
    const { emissions } = run()
    await until('both watches', () => consul.waiting === 3)
    expect(emissions.map((groups) => groups.map(({ source }) => source).toSorted())).toEqual([
      ['db', 'web'],
    ])
    consul.set('web', [{ id: 'web-1' }, { id: 'web-2' }])
    await until('the change', () => emissions.length === 2)
    expect(emissions[1]).toMatchObject([{ source: 'web', targets: [{}, {}] }])
  })

  it('starts with nothing when there are no services, and follows the first one', async () => {
    const { emissions, ids } = run()
    await until('the first answer', () => emissions.length === 1)
    expect(emissions).toEqual([[]])
    consul.set('web', [{ id: 'web-1' }])
    await until('the service', () => ids().length === 1)
  })

  it('removes a service that is gone, and stops watching it', async () => {
    consul.set('web', [{ id: 'web-1' }])
    consul.set('db', [{ id: 'db-1' }])
    const { ids, emissions } = run()
    await until('both watches', () => consul.waiting === 3)
    consul.set('db', [])
    await until('the removal', () => ids().length === 1)
    expect(emissions.at(-1)).toEqual([{ source: 'db', labels: {}, targets: [] }])
    await until('the end of the watch', () => consul.waiting === 2)
  })

  it('watches only services that have the name and all the tags', async () => {
    consul.set('web', [{ id: 'web-1', tags: ['a', 'b'] }])
    consul.set('db', [{ id: 'db-1', tags: ['a', 'b'] }])
    consul.set('cache', [{ id: 'cache-1', tags: ['a'] }])
    const { emissions } = run('services: [web, cache]\ntags: [a, b]')
    await until('the first answers', () => emissions.length === 1)
    expect(emissions[0]?.map(({ source }) => source)).toEqual(['web'])
  })

  it('emits nothing when an answer says the same as before, and says that all is well', async () => {
    consul.set('web', [{ id: 'web-1', status: 'passing' }])
    const { emissions, context } = run()
    await until('the watches', () => consul.waiting === 2)
    const before = context.wells
    consul.set('web', [{ id: 'web-1', status: 'passing' }])
    await until('the answer', () => requestsFor('/health/').length === 3 && consul.waiting === 2)
    expect(emissions).toHaveLength(1)
    expect(context.wells).toBeGreaterThan(before)
  })

  it('waits no longer than five seconds for a service that does not answer', async () => {
    consul.set('web', [{ id: 'web-1' }])
    consul.set('slow', [{ id: 'slow-1' }])
    consul.fault = (url) => (url.includes('/slow') ? { kind: 'drip' } : undefined)
    const { emissions } = run()
    await until('the request', () => requestsFor('/slow').length === 1)
    muster.clock.advance(3_000)
    consul.set('db', [{ id: 'db-1' }])
    await until('all but one', () => consul.waiting === 3)
    muster.clock.advance(4_999)
    expect(emissions).toEqual([])
    muster.clock.advance(1)
    expect(emissions.map((groups) => groups.map(({ source }) => source))).toEqual([['web', 'db']])
  })
})

describe('a clock that is set back', () => {
  it('does not prolong the wait for a service that does not answer', async () => {
    consul.set('web', [{ id: 'web-1' }])
    consul.set('slow', [{ id: 'slow-1' }])
    consul.fault = (url) => (url.includes('/slow') ? { kind: 'drip' } : undefined)
    const { emissions } = run()
    await until('all but one', () => requestsFor('/slow').length === 1 && consul.waiting === 2)
    muster.clock.now = () => muster.clock.frame - 3_600_000
    muster.clock.advance(5_000)
    expect(emissions.map((groups) => groups.map(({ source }) => source))).toEqual([['web']])
  })
})

describe('the rate limit of a watch', () => {
  it('lets ten changes through at once, and then one in each refresh_interval', async () => {
    consul.set('web', [{ id: 'web-0' }])
    const { ids } = run('services: [web]\nrefresh_interval: 20s')
    await until('the watch', () => consul.waiting === 1)
    for (let change = 1; change < 10; change += 1) {
      consul.set('web', [{ id: `web-${String(change)}` }])
      if (change < 9) await until('the next watch', () => consul.waiting === 1)
    }
    await until('the tenth answer', () => ids()[0] === 'web-9')
    expect(consul.waiting).toBe(0)
    muster.clock.advance(19_999)
    expect(requestsFor('/health/')).toHaveLength(10)
    muster.clock.advance(1)
    await until('the watch', () => consul.waiting === 1)
    expect(requestsFor('/health/')).toHaveLength(11)
  })
})

describe('what discoverers share', () => {
  it('is the watch of a service, for jobs that differ in services and separator', async () => {
    consul.set('web', [{ id: 'web-1', tags: ['a', 'b'] }])
    consul.set('db', [{ id: 'db-1' }])
    const first = run('services: [web, db]')
    const second = run('services: [web]\ntag_separator: ";"')
    await until('both', () => first.emissions.length === 1 && second.emissions.length === 1)
    await until('the watches', () => consul.waiting === 2)
    expect(requestsFor('/service/web')).toHaveLength(2)
    expect(first.groups.get('web')?.targets[0]?.['__meta_consul_tags']).toBe(',a,b,')
    expect(second.groups.get('web')?.targets[0]?.['__meta_consul_tags']).toBe(';a;b;')

    first.stop()
    await until('the end of one watch', () => consul.waiting === 1)
    consul.set('web', [{ id: 'web-2' }])
    await until('the change', () => second.ids().includes('web-2'))
    expect(first.ids()).toContain('web-1')
  })

  it.each([
    ['another token', 'token: x'],
    ['other tags', 'tags: [a]'],
    ['another filter', 'health_filter: x'],
    ['another pace', 'refresh_interval: 1s'],
  ])('is nothing that is asked with %s', async (_, yaml) => {
    consul.set('web', [{ id: 'web-1', tags: ['a'] }])
    const runs = [run('services: [web]'), run(`services: [web]\n${yaml}`)]
    await until('both', () => runs.every(({ groups }) => groups.size === 1))
    await until('two watches', () => requestsFor('/service/web').length === 4)
  })
})

describe('the end of a discoverer', () => {
  it('frees connections, timers and requests at once, also in the middle of a wait', async () => {
    consul.set('web', [{ id: 'web-1' }])
    const runs = [run(), run('tags: [a]'), run('services: [web, absent]')]
    await until('the watches', () => consul.waiting === 3)
    for (const each of runs) each.stop()
    await until('no connection', () => consul.connections === 0)
    expect(consul.waiting).toBe(0)
    expect(muster.clock.pending).toBe(0)
    expect(runs.flatMap(({ context }) => context.errors)).toEqual([])
  })

  it('frees what waits for a dead Consul', async () => {
    const { port } = consul
    await consul.close()
    const { context, stop } = muster.run(`server: 127.0.0.1:${String(port)}`)
    await until('the failure', () => context.errors.length === 1)
    expect(muster.clock.pending).toBe(1)
    stop()
    expect(muster.clock.pending).toBe(0)
  })
})

describe('the metrics', () => {
  it('exist before the first request', async () => {
    const text = await muster.registry.metrics()
    expect(text).toContain('prometheus_sd_consul_rpc_failures_total 0')
    expect(text).toContain(
      'prometheus_sd_consul_rpc_duration_seconds_count{endpoint="catalog",call="services"} 0',
    )
  })

  it('count what was asked and what failed', async () => {
    consul.set('web', [{ id: 'web-1' }])
    consul.fault = (url) => (url.includes('/health/') ? { kind: 'status', status: 500 } : undefined)
    const { context } = run()
    await until('the failure', () => context.errors.length === 1)
    const text = await muster.registry.metrics()
    expect(text).toContain('prometheus_sd_consul_rpc_failures_total 1')
    expect(text).toContain(
      'prometheus_sd_consul_rpc_duration_seconds_count{endpoint="catalog",call="service"} 1',
    )
  })

  it('count each request for the provider, those that wait and those that fail as well', async () => {
    consul.set('web', [{ id: 'web-1' }])
    const found = run()
    await until('the watches', () => consul.waiting === 2)
    // The agent, and the catalog and the service twice each.
    expect(consul.requests).toHaveLength(5)
    expect(found.context.requests).toBe(5)
    consul.fault = (url) => (url.includes('/health/') ? { kind: 'status', status: 500 } : undefined)
    consul.set('web', [{ id: 'web-2' }])
    await until('the failure', () => found.context.errors.length > 0)
    await until('the catalog', () => consul.waiting === 1)
    expect(found.context.requests).toBe(consul.requests.length)
  })
})
