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

    /** Waits until a job has so many targets, and both have the same in every job. */
    const agree = async (
      what: string,
      job: string,
      holds: (text: string) => boolean,
    ): Promise<void> => {
      await both
        ?.agree(() => holds(JSON.stringify(both?.of(job).targets)), differences)
        .catch((error: unknown) => {
          throw new Error(what, { cause: error })
        })
    }

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
      await agree('at first', 'ingress', (text) => text.includes('/for-all-hosts'))
      for (const name of Object.keys(roles)) {
        expect(both?.of(name).targets.length, name).toBeGreaterThan(0)
        expect(both?.of(name).context.errors, name).toEqual([])
      }
    })
  },
)
