import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import type { Labels } from '../../../src/labels/index.js'
import { kubernetes as make } from '../../../src/mechanisms/kubernetes/index.js'
import { Daemon, Workspace } from '../../helpers/daemon.js'
import { LiveMechanism } from '../../helpers/live-mechanism.js'
import { describeWithPeers } from '../../helpers/peers.js'
import { RealKubernetes } from '../../helpers/real-kubernetes.js'
import { forThisTest } from '../../helpers/real-process.js'
import { RealPrometheus } from '../../helpers/real-prometheus.js'
import { until } from '../../helpers/until.js'
import { BesidePrometheus } from '../suite/beside-prometheus.js'
import type { Element } from '../suite/cases.js'
import { allow, fill, podObject } from './world.js'

/** A step of the suite; each has to wait for Prometheus, which looks every five seconds. */
function step(title: string, work: () => Promise<unknown>): void {
  it(title, work, 90_000)
}

const attachNode = { attach_metadata: { node: true } }

/** Roles and options that all three of muster, Prometheus and vmagent have. */
const roles: Readonly<Record<string, Element>> = {
  node: { role: 'node' },
  'node by label': { role: 'node', selectors: [{ role: 'node', label: 'zone in (a, c)' }] },
  pod: { role: 'pod' },
  'pod and node': { role: 'pod', ...attachNode, namespaces: { names: ['other', 'hidden'] } },
  'pod by label': { role: 'pod', selectors: [{ role: 'pod', label: 'app=web' }] },
  'pod by field': {
    role: 'pod',
    selectors: [{ role: 'pod', field: 'status.phase=Running,spec.nodeName!=n2' }],
  },
  service: { role: 'service' },
  'service of two': { role: 'service', namespaces: { names: ['other', 'hidden', 'none'] } },
  endpoints: { role: 'endpoints' },
  'endpoints and node': { role: 'endpoints', ...attachNode, namespaces: { names: ['shop'] } },
  'endpoints by label': {
    role: 'endpoints',
    selectors: [
      { role: 'endpoints', field: 'metadata.name=web' },
      { role: 'pod', label: 'app=web' },
      { role: 'service', label: 'none' },
    ],
  },
  endpointslice: { role: 'endpointslice' },
  'endpointslice and node': { role: 'endpointslice', ...attachNode },
  ingress: { role: 'ingress' },
  'ingress of one': { role: 'ingress', namespaces: { names: ['other'] } },
}

/** What Prometheus 3.5.3 does not have yet. */
const differences = {
  __meta_kubernetes_node_condition_ready: 'ours',
  __meta_kubernetes_node_condition_memorypressure: 'ours',
  __meta_kubernetes_node_condition_own_condition: 'ours',
} as const

describeWithPeers(
  'kubernetes_sd_configs on a real API server',
  ['kubernetes', 'prometheus'],
  () => {
    let server: RealKubernetes
    let both: BesidePrometheus | undefined
    /** Waits until every job has the same targets as in Prometheus, and one of them has what it should have. */
    const agree = async (job: string, holds: (text: string) => boolean): Promise<void> =>
      both?.agree(() => holds(JSON.stringify(both?.of(job).targets)), differences)

    beforeAll(async () => {
      server = await RealKubernetes.start()
      await fill(server)
      await allow(server, 'reader', ['pods'], 'shop')
      const jobs = Object.entries(roles).map(([name, element]) => [
        name,
        { ...element, ...server.access() },
      ])
      const ofReader = { role: 'pod', namespaces: { names: ['shop', 'hidden'] } }
      both = await BesidePrometheus.start(
        make,
        'kubernetes_sd_configs',
        { ...Object.fromEntries(jobs), 'not all': { ...ofReader, ...server.access('reader') } },
        { watches: true },
      )
    }, 240_000)

    afterAll(async () => {
      await both?.stop()
      await server.stop()
    }, 60_000)

    step('has the labels of a real Prometheus in every role', async () => {
      await agree('ingress', (text) => text.includes('/for-all-hosts'))
      for (const name of Object.keys(roles)) {
        expect(both?.of(name).targets.length, name).toBeGreaterThan(0)
        expect(both?.of(name).context.errors, name).toEqual([])
      }
    })

    it('finds what a user may see, and says what that is not', () => {
      const { targets, context } = both?.of('not all') ?? {}
      expect(new Set(targets?.map((labels) => labels['__meta_kubernetes_namespace']))).toEqual(
        new Set(['shop']),
      )
      expect(String(context?.errors[0])).toMatch(
        /^FeedError: pods of the namespace hidden: pods is forbidden: User "reader" cannot \w+ resource "pods" in API group "" in the namespace "hidden"$/,
      )
    })

    step('finds the same Alertmanagers', async () => {
      const relabel_configs = [
        { source_labels: ['__meta_kubernetes_service_name'], regex: 'web', action: 'keep' },
        // Nothing is to be sent to other machines, and the path tells one from the other.
        {
          source_labels: ['__address__'],
          regex: '.*:(\\d+)',
          target_label: '__address__',
          replacement: '127.0.0.1:$1',
        },
        {
          source_labels: ['__meta_kubernetes_namespace', '__meta_kubernetes_pod_name'],
          separator: '/',
          target_label: '__alerts_path__',
          regex: '(.*)',
          replacement: '/$1',
        },
      ]
      const kubernetes_sd_configs = [{ role: 'endpoints', ...server.access() }]
      const config = JSON.stringify({
        alerting: { alertmanagers: [{ kubernetes_sd_configs, relabel_configs }] },
      })
      const workspace = new Workspace()
      onTestFinished(() => workspace.remove())
      const ours = await forThisTest(Daemon.start(workspace.write('prometheus.yml', config)))
      const theirs = await forThisTest(RealPrometheus.start({ 'prometheus.yml': config }))
      let found: readonly unknown[] = []
      await until(
        'the same Alertmanagers',
        async () => {
          found = await Promise.all([ours.url, theirs.url].map(alertmanagersOf))
          return (
            isDeepStrictEqual(found[0], found[1]) && JSON.stringify(found).includes('/shop/web-1')
          )
        },
        45_000,
      ).catch(() => undefined)
      expect(found[0]).toEqual(found[1])
      expect(JSON.stringify(found)).toContain('/shop/web-1')
    })

    step('sees what comes', async () => {
      await server.create('Pod', podObject('new', { ip: '127.77.3.1', node: 'n2' }))
      await server.create('Pod', podObject('new', { ip: '127.77.3.2' }, 'other'))
      await server.create('Service', {
        metadata: { name: 'new', namespace: 'other', labels: { a: 'b' } },
        spec: { ports: [{ port: 83 }] },
      })
      await server.create('Endpoints', {
        metadata: { name: 'new', namespace: 'other' },
        subsets: [
          {
            addresses: [
              { ip: '240.77.3.2', targetRef: { kind: 'Pod', namespace: 'other', name: 'new' } },
            ],
            ports: [{ port: 83 }],
          },
        ],
      })
      await server.create('EndpointSlice', {
        metadata: {
          name: 'new-1',
          namespace: 'other',
          labels: { 'kubernetes.io/service-name': 'new' },
        },
        addressType: 'IPv4',
        endpoints: [
          {
            addresses: ['127.77.3.2'],
            targetRef: { kind: 'Pod', namespace: 'other', name: 'new' },
          },
        ],
        ports: [{ port: 83 }],
      })
      await server.create('Ingress', {
        metadata: { name: 'new', namespace: 'shop' },
        spec: { rules: [{ host: 'new.example.com' }] },
      })
      await server.create('Node', {
        metadata: { name: 'n4', labels: { zone: 'a' } },
        status: { addresses: [{ type: 'InternalIP', address: '127.77.9.4' }] },
      })
      await agree('node by label', (text) => text.includes('127.77.9.4'))
    })

    step('sees what changes', async () => {
      await server.patch('Pod', 'shop/new', { metadata: { labels: { app: 'web' } } })
      await server.patchStatus('Pod', 'shop/pending', { podIP: '127.77.3.3', phase: 'Running' })
      await server.patchStatus('Pod', 'shop/done', { phase: 'Failed' })
      await server.patch('Service', 'shop/web', { metadata: { labels: { tier: 'front' } } })
      await server.patch('Endpoints', 'shop/headless', {
        subsets: [{ addresses: [{ ip: '240.77.3.4' }], ports: [{ port: 9 }] }],
      })
      await server.patch('EndpointSlice', 'shop/empty', {
        endpoints: [{ addresses: ['127.77.3.5'] }],
      })
      await server.patch('Ingress', 'shop/new', { spec: { tls: [{ hosts: ['new.example.com'] }] } })
      await server.patch('Node', 'n1', { metadata: { annotations: { x: 'y' } } })
      await server.patch('Node', 'n3', { metadata: { labels: { zone: 'c' } } })
      await agree('node by label', (text) => text.includes('fd00:77::9:3'))
    })

    step('sees what goes', async () => {
      await server.remove('Pod', 'other/new')
      await server.remove('Endpoints', 'other/new')
      await server.remove('EndpointSlice', 'other/new-1')
      await server.remove('Service', 'other/new')
      await server.remove('Ingress', 'shop/new')
      await server.remove('Node', 'n4')
      await server.patch('Pod', 'shop/new', { metadata: { labels: { app: null } } })
      await agree('ingress', (text) => !text.includes('new.example.com'))
      await agree('pod by label', (text) => !text.includes('127.77.3.1'))
    })
  },
)

/** The Alertmanagers that a daemon has found, active and dropped. */
async function alertmanagersOf(url: string): Promise<unknown> {
  const response = await fetch(`${url}/api/v1/alertmanagers`)
  const { data } = (await response.json()) as {
    readonly data: Readonly<Record<string, readonly { readonly url: string }[]>>
  }
  return ['activeAlertmanagers', 'droppedAlertmanagers'].map((list) =>
    (data[list] ?? []).map(({ url: one }) => one).sort(),
  )
}

/** The targets of a pod. */
const ofPod = (one: LiveMechanism, name: string): readonly Labels[] =>
  one.targets.filter((labels) => labels['__meta_kubernetes_pod_name'] === name)

describeWithPeers('kubernetes_sd_configs on a real API server, by itself', ['kubernetes'], () => {
  let server: RealKubernetes
  beforeAll(async () => {
    server = await RealKubernetes.start()
    await fill(server)
  }, 240_000)
  afterAll(() => server.stop(), 60_000)

  /** Starts it for this test. */
  function start(element: Element, user?: string): LiveMechanism {
    const one = new LiveMechanism(make, { ...element, ...server.access(user) })
    onTestFinished(() => one.stop())
    return one
  }

  const attach_metadata = {
    node: true,
    namespace: true,
    deployment: true,
    job: true,
    cronjob: true,
  }
  for (const role of ['pod', 'endpoints', 'endpointslice']) {
    it(`role ${role} has all that is attached, and what changes of it`, async () => {
      const one = start({ role, attach_metadata })
      await until('the targets', () => one.context.wells > 0)
      const first = ofPod(one, 'web-1').find(
        (labels) =>
          labels['__meta_kubernetes_namespace'] === 'shop' &&
          labels['__meta_kubernetes_pod_container_port_name'] === 'http',
      )
      expect(first).toMatchObject({
        __meta_kubernetes_namespace_label_UPPER: 'X_y-z.9',
        __meta_kubernetes_namespace_labelpresent_a_b_c_d: 'true',
        __meta_kubernetes_namespace_annotation_example_com_json: '{"a": ["b\\n", 1]}\n\ttab',
        __meta_kubernetes_node_name: 'n1',
        __meta_kubernetes_node_label_zone: 'a',
        __meta_kubernetes_pod_controller_kind: 'ReplicaSet',
        __meta_kubernetes_pod_deployment_name: 'web',
      })
      if (role === 'pod') {
        expect(ofPod(one, 'done')[0]).toMatchObject({
          __meta_kubernetes_pod_job_name: 'nightly-1',
          __meta_kubernetes_pod_cronjob_name: 'nightly',
        })
      }
      await server.patch('Namespace', 'shop', { metadata: { labels: { changed: role } } })
      await server.patch('Node', 'n1', { metadata: { labels: { changed: role } } })
      // In Prometheus the targets of endpoints and slices keep the labels that a pod had.
      await server.patch('Pod', 'shop/web-1', { metadata: { labels: { changed: role } } })
      await until('the changes', () =>
        ofPod(one, 'web-1').some(
          (labels) =>
            labels['__meta_kubernetes_namespace_label_changed'] === role &&
            labels['__meta_kubernetes_node_label_changed'] === role &&
            labels['__meta_kubernetes_pod_label_changed'] === role,
        ),
      )
      expect(one.context.errors).toEqual([])
    })
  }

  it('has the second family of a service with two only once', async () => {
    const labels = { 'kubernetes.io/service-name': 'two-families' }
    const slice = (name: string, addressType: string, address: string) => ({
      metadata: { name, namespace: 'shop', labels },
      addressType,
      endpoints: [{ addresses: [address] }],
      ports: [{ port: 80 }],
    })
    await server.create('EndpointSlice', slice('two-4', 'IPv4', '127.77.4.1'))
    await server.create('EndpointSlice', slice('two-6', 'IPv6', 'fd00:77::4:1'))
    const one = start({
      role: 'endpointslice',
      selectors: [{ role: 'endpointslice', label: 'kubernetes.io/service-name=two-families' }],
    })
    await until('the targets', () => one.context.wells > 0)
    expect(one.targets.map(({ __address__: address }) => address)).toEqual(['[fd00:77::4:1]:80'])
  })

  it('needs no other rights than docs/kubernetes.md says', async () => {
    const page = await readFile(
      path.resolve(import.meta.dirname, '../../../docs/kubernetes.md'),
      'utf8',
    )
    const rows = page.match(/^\| `(?:role|attach_metadata)[^|]*\|[^|]*\|$/gm) ?? []
    const cells = rows.map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => [...cell.matchAll(/`([^`]*)`/g)].map(([, text = '']) => text)),
    )
    expect(cells.map(([config]) => config?.[0])).toEqual([
      ...['node', 'pod', 'service', 'endpoints', 'endpointslice', 'ingress'].map(
        (role) => `role: ${role}`,
      ),
      ...Object.keys(attach_metadata).map((key) => `attach_metadata.${key}`),
    ])
    for (const [at, [config = [], resources = []]] of cells.entries()) {
      const [what = ''] = config
      const key = what.replace('attach_metadata.', '')
      const isRole = what.startsWith('role: ')
      const element: Element = isRole
        ? { role: what.replace('role: ', '') }
        : { role: 'pod', attach_metadata: { [key]: true } }
      const user = `user${String(at)}`
      const all = isRole ? resources : ['pods', ...resources]
      await allow(server, user, all)
      const one = start(element, user)
      await until(what, () => one.context.wells > 0)
      expect(one.targets.length, what).toBeGreaterThan(0)
      expect(one.context.errors, what).toEqual([])
      one.stop()
    }
  }, 60_000)
})

/** What vmagent does in its own way, also where Prometheus and muster agree. */
const ofVmagent = {
  ...differences,
  __meta_kubernetes_service_loadbalancer_ip: 'ours',
  __meta_kubernetes_service_cluster_ip: 'theirs',
  __meta_kubernetes_service_type: 'theirs',
  // It has them again for the other ports of a pod.
  __meta_kubernetes_endpoint_address_target_kind: 'value',
  __meta_kubernetes_endpoint_address_target_name: 'value',
  __meta_kubernetes_endpointslice_address_target_kind: 'value',
  __meta_kubernetes_endpointslice_address_target_name: 'value',
  // What a slice does not say is `false`.
  __meta_kubernetes_endpointslice_endpoint_conditions_ready: 'value',
  __meta_kubernetes_endpointslice_endpoint_conditions_serving: 'value',
  __meta_kubernetes_endpointslice_endpoint_conditions_terminating: 'value',
  __meta_kubernetes_endpointslice_endpoint_zone: 'ours',
  __meta_kubernetes_endpointslice_endpoint_topology_topology_kubernetes_io_zone: 'ours',
  __meta_kubernetes_endpointslice_endpoint_topology_present_topology_kubernetes_io_zone: 'ours',
  __meta_kubernetes_endpointslice_endpoint_topology_present_x_y: 'ours',
} as const

/** Targets that vmagent does not have, or has at other addresses. */
function isOddInVmagent(labels: Labels): boolean {
  const { __address__: address = '' } = labels
  return (
    // A pod that has ended.
    labels['__meta_kubernetes_pod_phase'] === 'Succeeded' ||
    // An IPv6 address without a port, and a port of a slice without a number.
    /^(?:\[?fd00:77::1\]?|127\.77\.0\.5(?::0)?)$/.test(address) ||
    // A port of an init container beside those of endpoints.
    (labels['__meta_kubernetes_pod_container_init'] === 'true' &&
      labels['__meta_kubernetes_service_name'] !== undefined)
  )
}

describeWithPeers('kubernetes_sd_configs beside vmagent', ['kubernetes', 'vmagent'], () => {
  let server: RealKubernetes
  beforeAll(async () => {
    server = await RealKubernetes.start()
    await fill(server)
  }, 240_000)
  afterAll(() => server.stop(), 60_000)

  step('has the same labels in every role', async () => {
    const jobs = Object.entries(roles)
      // It attaches the labels of nodes to endpoints and slices by another rule.
      .filter(([name]) => !/^endpoint.* and node$/.test(name))
      .map(([name, element]) => [name, { ...element, ...server.access() }])
    const both = await BesidePrometheus.start(
      make,
      'kubernetes_sd_configs',
      Object.fromEntries(jobs),
      { release: 'vmagent', watches: true, without: isOddInVmagent },
    )
    try {
      await both.agree(() => both.of('ingress').targets.length > 0, ofVmagent)
    } finally {
      await both.stop()
    }
  })
})
