import { inspect } from 'node:util'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import {
  DiscoveryManager,
  discoveryMetrics,
  type ProviderStatus,
} from '../../../src/discovery/index.js'
import type { Labels } from '../../../src/labels/index.js'
import { openstack } from '../../../src/mechanisms/openstack/index.js'
import { until as untilDaemon } from '../../helpers/daemon.js'
import { describeWithPeers } from '../../helpers/peers.js'
import { type ApplicationCredential, RealKeystone } from '../../helpers/real-keystone.js'
import { forThisTest } from '../../helpers/real-process.js'
import { RealPrometheus } from '../../helpers/real-prometheus.js'
import type { Element } from '../suite/cases.js'
import { differencesOf, withoutScrapeLabels } from '../suite/differences.js'
import { decode } from '../suite/run.js'
import { FakeServices } from './fake-services.js'
import { recordingLogger } from '../../../src/testing/discovery/index.js'

/** A token is kept for three quarters of that, which is several polls. */
const tokenSeconds = 40
/** A request has no more time than that, and a busy machine is slow. */
const refreshInterval = '10s'
const limitMs = 300_000

const until = (what: string, holds: () => boolean | Promise<boolean>): Promise<void> =>
  untilDaemon(what, holds, limitMs)

describeWithPeers('openstack with a real Keystone', ['keystone', 'prometheus_openstack'], () => {
  let keystone: RealKeystone
  let services: FakeServices
  let app: ApplicationCredential

  vi.setConfig({ testTimeout: limitMs })

  beforeAll(async () => {
    keystone = await RealKeystone.start({ tokenSeconds })
    services = await FakeServices.start((token) => keystone.expiryOf(token))
    for (const [type, url] of services.catalog) await keystone.addService(type, url)
    app = await keystone.addApplicationCredential('monitoring')
  })

  beforeEach(() => {
    services.refusals = 0
    services.tokens.clear()
    list(services, 2)
  })

  afterAll(async () => {
    await services.stop()
    await keystone.stop()
  })

  const place = (path: string): Element => ({
    identity_endpoint: keystone.url + path,
    region: 'RegionOne',
    refresh_interval: refreshInterval,
  })
  const byPassword = (path = '/v3'): Element => ({
    ...place(path),
    username: keystone.user,
    password: keystone.password,
    domain_name: 'Default',
    project_name: 'admin',
  })
  const byApp = (): Element => ({
    ...place('/v3'),
    application_credential_id: app.id,
    application_credential_secret: app.secret,
  })

  it('finds what Prometheus finds at the same Keystone, and again after a change', async () => {
    const elements: Readonly<Record<string, Element>> = {
      password: { ...byPassword(''), role: 'instance', port: 9100 },
      'application credential': { ...byApp(), role: 'hypervisor' },
    }
    const ours = new Map(Object.entries(elements).map(([job, one]) => [job, new RealRun(one)]))
    const theirs = await forThisTest(startPrometheus(elements))
    for (const count of [2, 5, 1]) {
      list(services, count)
      for (const [job, run] of ours) {
        const found = async (): Promise<readonly Labels[]> => {
          const { droppedTargets } = await theirs.targets()
          const all = droppedTargets.map(({ discoveredLabels }) => discoveredLabels)
          return all.filter((labels) => labels['job'] === job).map(withoutScrapeLabels)
        }
        await until(`${String(count)} in Prometheus`, async () => (await found()).length === count)
        await until(`${String(count)} in muster`, () => run.targets.length === count)
        expect(differencesOf(run.targets, await found())).toEqual(
          // 2.53 has the id of a flavor in any case.
          job === 'application credential' ? {} : { __meta_openstack_instance_flavor: 'value' },
        )
      }
    }
    expect(services.unknown).toEqual([])
  })

  it('finds load balancers, a role that this Prometheus does not have', async () => {
    const run = new RealRun({ ...byApp(), role: 'loadbalancer' })
    await run.finds()
    expect(run.targets).toEqual([
      {
        __address__: '127.70.0.1:8088',
        __meta_openstack_loadbalancer_id: 'lb',
        __meta_openstack_loadbalancer_name: 'front',
        __meta_openstack_loadbalancer_operating_status: 'ONLINE',
        __meta_openstack_loadbalancer_provisioning_status: 'ACTIVE',
        __meta_openstack_loadbalancer_availability_zone: 'az1',
        __meta_openstack_loadbalancer_vip: '127.70.0.1',
        __meta_openstack_loadbalancer_provider: 'amphora',
        __meta_openstack_loadbalancer_tags: 'a,b',
        __meta_openstack_loadbalancer_floating_ip: '127.50.0.70',
        __meta_openstack_project_id: 'p',
      },
    ])
  })

  it('keeps a token over several polls, and has a new one before it expires', async () => {
    const run = new RealRun({ ...byPassword(), role: 'hypervisor' })
    await until('the second token', () => services.tokens.size === 2)
    const polls = await run.polls()
    expect(polls.failed).toBe(0)
    expect(polls.all).toBeGreaterThan(services.tokens.size)
    expect(services.refusals).toBe(0)
    const [first = ''] = services.tokens
    await until('its end', async () => (await keystone.expiryOf(first)) === undefined)
  })

  it('replaces a token that was made void, within the poll that finds it out', async () => {
    const run = new RealRun({ ...byApp(), role: 'hypervisor' })
    await until('the first token', () => services.tokens.size === 1)
    const [first = ''] = services.tokens
    await keystone.revoke(first)
    services.forgetTokens()
    await until('the second token', () => services.tokens.size === 2)
    expect(services.refusals).toBe(1)
    expect(await run.polls()).toMatchObject({ failed: 0 })
  })

  it('knows an application credential by its name and user', async () => {
    const run = new RealRun({
      ...place('/v3'),
      role: 'hypervisor',
      application_credential_name: app.name,
      application_credential_secret: app.secret,
      username: keystone.user,
      domain_id: 'default',
    })
    await run.finds()
    expect(run.targets).toHaveLength(2)
  })

  it('keeps its targets where its password is wrong, and shows the words of Keystone', async () => {
    const run = new RealRun({ ...byPassword(), role: 'hypervisor' })
    await run.finds()
    const before = keystone.password
    await keystone.changePassword('geheim-2')
    services.forgetTokens()
    await until('the failure', () => run.status.state === 'failing')
    expect(run.status.lastError?.message).toBe(
      `${keystone.url}/v3/auth/tokens: server returned HTTP status 401 UNAUTHORIZED: ` +
        'The request you have made requires authentication.',
    )
    expect(run.targets).toHaveLength(2)
    await keystone.changePassword(before)
    await until('the targets again', () => run.status.state === 'running')
    expect(run.shown()).not.toContain('geheim')
  })
})

/** So many servers and hypervisors, the first server with a floating IP, and one load balancer. */
function list({ lists }: FakeServices, count: number): void {
  const numbers = Array.from({ length: count }, (_, i) => String(i + 1))
  lists.set('/compute/v2.1/servers/detail', {
    servers: numbers.map((n) => ({
      id: `s${n}`,
      name: `server ${n}`,
      status: 'ACTIVE',
      tenant_id: 'p',
      user_id: 'u',
      metadata: { env: 'prod' },
      flavor: { id: 'f1', original_name: 'm1.small' },
      image: { id: 'i1' },
      addresses: {
        private: [
          { version: 4, addr: `127.40.0.${n}` },
          ...(n === '1' ? [{ version: 4, addr: '127.50.0.1' }] : []),
        ],
      },
    })),
  })
  lists.set('/compute/v2.1/os-hypervisors/detail', {
    hypervisors: numbers.map((n) => ({
      id: Number(n),
      host_ip: `127.60.0.${n}`,
      hypervisor_hostname: `host-${n}`,
      hypervisor_type: 'QEMU',
      state: 'up',
      status: 'enabled',
      hypervisor_version: 2_000_000,
      cpu_info: '{}',
      free_disk_gb: 1,
      local_gb: 1,
    })),
  })
  const ip = { id: 'fip', instance_id: 's1', fixed_ip: '127.40.0.1', ip: '127.50.0.1', pool: 'x' }
  lists.set('/compute/v2.1/os-floating-ips', { floating_ips: [ip] })
  lists.set('/network/v2.0/floatingips', {
    floatingips: [
      { floating_ip_address: '127.50.0.1', fixed_ip_address: '127.40.0.1', port_id: 'port1' },
      { floating_ip_address: '127.50.0.70', fixed_ip_address: '127.70.0.1', port_id: 'vip' },
    ],
  })
  lists.set('/network/v2.0/ports', {
    ports: [
      { id: 'port1', device_id: 's1' },
      { id: 'vip', device_id: 'lb-lb' },
    ],
  })
  lists.set('/load-balancer/v2.0/lbaas/loadbalancers', {
    loadbalancers: [
      {
        id: 'lb',
        name: 'front',
        operating_status: 'ONLINE',
        provisioning_status: 'ACTIVE',
        availability_zone: 'az1',
        vip_address: '127.70.0.1',
        vip_port_id: 'vip',
        provider: 'amphora',
        project_id: 'p',
        tags: ['a', 'b'],
      },
    ],
  })
  lists.set('/load-balancer/v2.0/lbaas/listeners', {
    listeners: [{ protocol: 'PROMETHEUS', protocol_port: 8088, loadbalancers: [{ id: 'lb' }] }],
  })
}

function startPrometheus(elements: Readonly<Record<string, Element>>): Promise<RealPrometheus> {
  const scrape_configs = Object.entries(elements).map(([job_name, element]) => ({
    job_name,
    // It discovers, and scrapes nothing.
    relabel_configs: [{ action: 'drop', source_labels: ['__address__'], regex: '.*' }],
    openstack_sd_configs: [element],
  }))
  const config = { global: { scrape_interval: '100y' }, scrape_configs }
  return RealPrometheus.start(
    { 'prometheus.yml': JSON.stringify(config) },
    { release: 'prometheus_openstack' },
  )
}

/** The mechanism at work by the real clock, until the test is over. */
class RealRun {
  readonly #registry = new Registry()
  readonly #lines: Parameters<typeof recordingLogger>[0] = []
  readonly #manager: DiscoveryManager
  #targets: readonly Labels[] = []

  constructor(element: Element) {
    const mechanism = openstack({ registry: this.#registry, env: {}, userAgent: 'muster/test' })
    this.#manager = new DiscoveryManager({
      name: 'scrape',
      metrics: discoveryMetrics(this.#registry),
      logger: recordingLogger(this.#lines),
    })
    this.#manager.updates.subscribe(({ changes }) => {
      for (const group of changes.values()) this.#targets = group?.targets ?? []
    })
    const config = decode(mechanism, element)
    this.#manager.prepare(new Map([['job', [{ mechanism, config }]]])).commit()
    const executed = this.#manager.execute()
    onTestFinished(async () => {
      this.#manager.interrupt()
      await executed
    })
  }

  /** Waits until a poll has found the targets. @throws with what went wrong instead */
  async finds(): Promise<void> {
    await until('a poll', () => this.status.state !== 'starting')
    expect(this.status.lastError?.message).toBeUndefined()
  }

  get targets(): readonly Labels[] {
    return this.#targets
  }

  get status(): ProviderStatus {
    const [status] = this.#manager.providers()
    if (status === undefined) throw new Error('it has no provider')
    return status
  }

  async polls(): Promise<{ readonly all: number; readonly failed: number }> {
    const text = await this.#registry.metrics()
    const valueOf = (name: string): number =>
      Number(new RegExp(`^${name}\\{.*\\} (\\d+)$`, 'mu').exec(text)?.[1])
    return {
      all: valueOf('prometheus_sd_refresh_duration_seconds_count'),
      failed: valueOf('prometheus_sd_refresh_failures_total'),
    }
  }

  /** What people see of it. */
  shown(): string {
    return inspect([this.#lines, this.#manager.providers(), this.#targets], { depth: null })
  }
}
