import path from 'node:path'
import { asyncScheduler } from 'rxjs'
import { request } from 'undici'
import { expect, it, onTestFinished } from 'vitest'
import { describeWithPeers } from '../../helpers/peers.js'
import { pkiFile } from '../../helpers/pki/index.js'
import { RealConsul } from '../../helpers/real-consul.js'
import { forThisTest } from '../../helpers/real-process.js'
import { until } from '../../helpers/until.js'
import { FakeConsul } from './fake-consul.js'
import { harness } from './harness.js'

describeWithPeers('on a real Consul', ['consul'], () => {
  it('finds services with all their labels, and follows changes of every kind', async () => {
    const consul = await forThisTest(RealConsul.start())
    await consul.put('/catalog/register', {
      Node: 'node-1',
      Address: '10.0.0.1',
      TaggedAddresses: { lan: '10.0.0.1', 'wan-v4': '203.0.113.1' },
      NodeMeta: { 'rack-name': 'r1' },
      Service: {
        ID: 'web-1',
        Service: 'web',
        Address: '10.1.0.1',
        Port: 8080,
        Tags: ['a', 'b'],
        Meta: { version: '1' },
      },
      Checks: [{ CheckID: 'c1', Name: 'c', Status: 'warning', ServiceID: 'web-1' }],
    })
    const run = harness().run(`server: 127.0.0.1:${String(consul.port)}\ntags: [a]`)
    await until('the service', () => run.groups.has('web'))
    expect(run.groups.get('web')).toEqual({
      source: 'web',
      labels: { __meta_consul_service: 'web', __meta_consul_dc: 'dc1' },
      targets: [
        {
          __address__: '10.1.0.1:8080',
          __meta_consul_address: '10.0.0.1',
          __meta_consul_node: 'node-1',
          __meta_consul_namespace: '',
          __meta_consul_partition: '',
          __meta_consul_tags: ',a,b,',
          __meta_consul_service_address: '10.1.0.1',
          __meta_consul_service_port: '8080',
          __meta_consul_service_id: 'web-1',
          __meta_consul_health: 'warning',
          __meta_consul_metadata_rack_name: 'r1',
          __meta_consul_service_metadata_version: '1',
          __meta_consul_tagged_address_lan: '10.0.0.1',
          __meta_consul_tagged_address_wan_v4: '203.0.113.1',
        },
      ],
    })

    await consul.registerNode('web', 'web-2', { Tags: ['a'] })
    await until('an instance more', () => run.ids().length === 2)
    await consul.registerNode('db', 'db-1', { Tags: ['a'] })
    await until('a service more', () => run.ids().length === 3)
    await consul.registerNode('db', 'db-1', { Tags: ['b'] })
    await until('a tag gone', () => run.ids().join() === 'web-1,web-2')
    await consul.put('/catalog/register', {
      Node: 'node-1',
      Address: '10.0.0.1',
      Check: { CheckID: 'c1', Name: 'c', Status: 'critical', ServiceID: 'web-1' },
    })
    const health = (): unknown =>
      run.groups.get('web')?.targets.map((target) => target['__meta_consul_health'])
    await until('a check failed', () => JSON.stringify(health()) === '["critical","passing"]')
    await consul.put('/catalog/deregister', { Node: 'node-1' })
    await consul.deregisterNode('web-2')
    await until('the service gone', () => run.groups.size === 0)
    expect(run.context.errors).toEqual([])
  })

  it('keeps its targets while Consul is dead, and follows what is there when it is back, emptied and filled', async () => {
    const consul = await forThisTest(RealConsul.start())
    for (const id of ['a', 'b', 'c']) await consul.registerNode(`svc-${id}`, id)
    const muster = harness()
    const run = muster.run(`server: 127.0.0.1:${String(consul.port)}`)
    await until('the services', () => ['a', 'b', 'c'].every((id) => run.ids().includes(id)))
    await consul.kill()
    await until('the failure', () => run.context.errors.length > 0)
    muster.clock.advance(60_000)
    expect(run.groups.size).toBe(4)

    await consul.restart()
    await until('that it is empty now', () => {
      muster.clock.advance(1_000)
      return [...run.groups.keys()].join() === 'consul'
    })
    await consul.registerNode('svc-new', 'new')
    await until('what is new', () => {
      muster.clock.advance(1_000)
      return run.ids().includes('new')
    })
  })

  it('sees every change under the limit of connections that Consul has', async () => {
    const consul = await forThisTest(
      RealConsul.start({ config: { limits: { http_max_conns_per_client: 60 } } }),
    )
    const names = Array.from({ length: 80 }, (_, i) => `svc-${String(i)}`)
    for (const name of names) await consul.registerNode(name, name)
    const run = harness(asyncScheduler).run(
      `server: 127.0.0.1:${String(consul.port)}\nrefresh_interval: 500ms`,
    )
    await until('the services', () => run.groups.size === 81)
    await until('the limit', () => run.context.lines.length > 0)
    expect(run.context.lines[0]).toMatchObject({ level: 'warn' })
    for (const name of names.filter((_, i) => i % 10 === 0)) {
      await consul.registerNode(name, `${name}-more`)
      await until(`the change of ${name}`, () => run.ids().includes(`${name}-more`))
    }
    expect(run.context.errors.map(String)).toEqual([])
  })

  it('speaks TLS, and goes through a unix socket', async () => {
    const consul = await forThisTest(
      RealConsul.start({
        config: {
          addresses: { http: '127.0.0.1 unix://http.sock' },
          key_file: pkiFile('server1.key'),
          cert_file: pkiFile('server1.pem'),
          ca_file: pkiFile('ca1.pem'),
        },
      }),
    )
    await consul.registerNode('web', 'web-1')
    const muster = harness()
    const runs = [
      muster.run(
        `server: https://localhost:${String(consul.httpsPort)}\ntls_config: {ca_file: ${pkiFile('ca1.pem')}}`,
      ),
      muster.run(`server: unix://${path.join(consul.folder, 'http.sock')}`),
    ]
    await until('the service, both ways', () => runs.every((run) => run.ids().includes('web-1')))
    await consul.registerNode('web', 'web-2')
    await until('the change, both ways', () => runs.every((run) => run.ids().includes('web-2')))
    expect(runs.flatMap((run) => run.context.errors)).toEqual([])
  })

  it('is what the fake of the other tests pretends to be', async () => {
    const consul = await forThisTest(RealConsul.start())
    const fake = await FakeConsul.listen()
    onTestFinished(() => fake.close())
    await consul.registerNode('web', 'web-1', { Tags: ['a'], Address: '10.1.0.1' })
    fake.set('web', [{ id: 'web-1', tags: ['a'], address: '10.1.0.1', port: 80 }])
    const answers = await Promise.all([consul.port, fake.port].map((port) => describeAnswers(port)))
    expect(answers[1]).toEqual(answers[0])
  })
})

/** What both must have in common: headers, blocking, and the parts of bodies that are read. */
async function describeAnswers(port: number): Promise<unknown> {
  const get = async (url: string): Promise<{ headers: Record<string, unknown>; body: unknown }> => {
    const { headers, body } = await request(`http://127.0.0.1:${String(port)}${url}`)
    return { headers, body: await body.json() }
  }
  const catalog = await get('/v1/catalog/services')
  const service = await get('/v1/health/service/web')
  const index = String(service.headers['x-consul-index'])
  const absent = await get('/v1/health/service/absent')
  const same = await get(`/v1/health/service/web?index=${index}&wait=1ms`)
  const [entry] = service.body as readonly [
    { Node: Record<string, unknown>; Service: Record<string, unknown>; Checks: unknown },
  ]
  return {
    type: service.headers['content-type'],
    leader: service.headers['x-consul-knownleader'],
    hasIndex: [catalog, service, absent].map(
      ({ headers }) => Number(headers['x-consul-index']) > 0,
    ),
    isSameIndex: same.headers['x-consul-index'] === index,
    tags: (catalog.body as Record<string, unknown>)['web'],
    absent: absent.body,
    node: typeof entry.Node['Node'],
    service: ['ID', 'Service', 'Address', 'Port', 'Tags'].map((key) => entry.Service[key]),
    checks: Array.isArray(entry.Checks),
  }
}
