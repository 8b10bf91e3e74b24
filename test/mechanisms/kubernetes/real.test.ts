import { afterAll, beforeAll, expect, it } from 'vitest'
import { kubernetes as make } from '../../../src/mechanisms/kubernetes/index.js'
import { LiveMechanism } from '../../helpers/live-mechanism.js'
import { describeWithPeers } from '../../helpers/peers.js'
import { RealKubernetes } from '../../helpers/real-kubernetes.js'
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

describeWithPeers(
  'kubernetes_sd_configs on a real API server',
  ['kubernetes', 'prometheus'],
  () => {
    let server: RealKubernetes
    let both: BesidePrometheus | undefined
    /** What Prometheus 3.5.3 does not have yet. */
    const differences = {
      __meta_kubernetes_node_condition_ready: 'ours',
      __meta_kubernetes_node_condition_memorypressure: 'ours',
      __meta_kubernetes_node_condition_own_condition: 'ours',
    } as const

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
        /pods of namespace hidden: pods is forbidden: User "reader" cannot list resource "pods".*in the namespace "hidden"/,
      )
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
      await server.patch('Node', 'n2', {
        metadata: { labels: { zone: 'c' }, annotations: { x: 'y' } },
      })
      await agree('node by label', (text) => text.includes('n2.example'))
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

describeWithPeers('kubernetes_sd_configs beside vmagent', ['kubernetes', 'vmagent'], () => {
  let server: RealKubernetes
  beforeAll(async () => {
    server = await RealKubernetes.start()
    await fill(server)
  }, 240_000)
  afterAll(() => server.stop(), 60_000)

  step('has the same labels in every role', async () => {
    const jobs = Object.entries(roles).map(([name, element]) => [
      name,
      { ...element, ...server.access() },
    ])
    const both = await BesidePrometheus.start(
      make,
      'kubernetes_sd_configs',
      Object.fromEntries(jobs),
      { release: 'vmagent', watches: true },
    )
    try {
      await both.agree(() => both.of('ingress').targets.length > 0, {})
    } finally {
      await both.stop()
    }
  })
})
