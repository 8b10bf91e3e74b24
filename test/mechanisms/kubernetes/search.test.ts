import { asyncScheduler, type SchedulerLike } from 'rxjs'
import { Registry } from 'prom-client'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Finding } from '../../../src/discovery/index.js'
import { kubernetesMetrics } from '../../../src/mechanisms/kubernetes/metrics.js'
import type { Meta } from '../../../src/mechanisms/kubernetes/objects.js'
import { LabelMaker } from '../../../src/mechanisms/kubernetes/roles/label-maker.js'
import { search } from '../../../src/mechanisms/kubernetes/search.js'
import { section } from '../../../src/mechanisms/kubernetes/section.js'
import { Turns } from '../../../src/waiting/turns.js'
import { HandClock, standingTurns } from '../../waiting/hand-clock.js'
import { decodeText } from '../../../src/yaml/index.js'
import {
  address,
  container,
  controller,
  endpoints,
  ingress,
  meta,
  node,
  pod,
  podRef,
  port,
  service,
  slice,
  sliceEndpoint,
} from './objects.js'
import { ScriptedCluster } from './scripted-cluster.js'
import { testContext, type TestContext } from '../../../src/testing/discovery/index.js'

/** A search at work on a cluster that says what the test says. */
interface Stage {
  readonly cluster: ScriptedCluster
  readonly context: TestContext<SchedulerLike>
  readonly findings: Finding[]
  readonly errors: unknown[]
  /** The sources of the groups that were found since this was asked last; one that is gone has a minus. */
  found(): readonly string[]
  /** What `prometheus_sd_kubernetes_events_total` has counted: `pod add 2`. */
  counted(): Promise<readonly string[]>
  stop(): void
}

function start(
  element: Readonly<Record<string, unknown>>,
  {
    ownNamespace,
    turns = standingTurns(),
  }: { readonly ownNamespace?: string; readonly turns?: Turns } = {},
): Stage {
  const cluster = new ScriptedCluster()
  const context = testContext(asyncScheduler)
  const registry = new Registry()
  const findings: Finding[] = []
  const errors: unknown[] = []
  const { value: config } = decodeText(section, '/nowhere/p.yml', JSON.stringify(element))
  const subscription = search({
    config,
    cluster,
    ownNamespace,
    context: { ...context, turns },
    metrics: kubernetesMetrics(registry),
    maker: new LabelMaker(),
  }).subscribe({ next: (one) => findings.push(one), error: (error) => errors.push(error) })
  onTestFinished(() => subscription.unsubscribe())
  let seen = 0
  return {
    cluster,
    context,
    findings,
    errors,
    found() {
      const groups = findings.slice(seen).flatMap((finding) => finding.groups ?? [])
      seen = findings.length
      return groups.map(({ source, targets }) => (targets.length === 0 ? `-${source}` : source))
    },
    async counted() {
      const metric = await registry.getSingleMetric('prometheus_sd_kubernetes_events_total')?.get()
      return (metric?.values ?? [])
        .filter(({ value }) => value > 0)
        .map(({ labels, value }) => `${labels['role']} ${labels['event']} ${String(value)}`)
    },
    stop: () => subscription.unsubscribe(),
  }
}

describe('the feeds that a config needs', () => {
  const cases: readonly (readonly [title: string, element: Record<string, unknown>, string[]])[] = [
    ['a role without attachments needs its own objects', { role: 'pod' }, ['pod']],
    ['nodes need nothing else', { role: 'node', attach_metadata: { node: true } }, ['node']],
    [
      'services need their namespaces where those are attached, and no nodes',
      { role: 'service', attach_metadata: { node: true, namespace: true, job: true } },
      ['service', 'namespace'],
    ],
    [
      'so do ingresses',
      { role: 'ingress', attach_metadata: { namespace: true } },
      ['ingress', 'namespace'],
    ],
    ['endpoints need services and pods', { role: 'endpoints' }, ['endpoints', 'service', 'pod']],
    [
      'slices need all that is attached',
      {
        role: 'endpointslice',
        attach_metadata: {
          node: true,
          namespace: true,
          deployment: true,
          job: true,
          cronjob: true,
        },
      },
      ['endpointslice', 'service', 'pod', 'node', 'namespace', 'replicaset', 'job'],
    ],
    ['the name of a job is in the pod', { role: 'pod', attach_metadata: { job: true } }, ['pod']],
    [
      'the name of a cron job is in the job',
      { role: 'pod', attach_metadata: { cronjob: true } },
      ['pod', 'job'],
    ],
    [
      'each namespace has feeds of its own, nodes and namespaces one for all',
      {
        role: 'pod',
        namespaces: { names: ['a', 'b', 'a'] },
        attach_metadata: { node: true, namespace: true, deployment: true },
      },
      ['a/pod', 'node', 'namespace', 'a/replicaset', 'b/pod', 'b/replicaset'],
    ],
    [
      'an empty name is all namespaces, and has the others in it',
      { role: 'pod', namespaces: { names: ['a', ''] } },
      ['pod'],
    ],
    [
      'selectors narrow their own kind',
      {
        role: 'pod',
        attach_metadata: { node: true },
        selectors: [
          { role: 'node', label: 'zone=a' },
          { role: 'pod', field: 'status.phase=Running' },
        ],
      },
      ['pod ? status.phase=Running', 'node zone=a'],
    ],
    [
      'and are those of pods and services too for slices',
      {
        role: 'endpointslice',
        selectors: [
          { role: 'pod', label: 'a' },
          { role: 'service', label: 'b' },
          { role: 'endpointslice', label: 'c' },
        ],
      },
      ['endpointslice c', 'service b', 'pod a'],
    ],
  ]
  for (const [title, element, expected] of cases) {
    it(title, () => {
      const { cluster } = start(element)
      const asked = cluster.queries.map(
        ({ kind, namespace, labelSelector, fieldSelector }) =>
          (namespace === '' ? '' : `${namespace}/`) +
          kind +
          (labelSelector === '' ? '' : ` ${labelSelector}`) +
          (fieldSelector === '' ? '' : ` ? ${fieldSelector}`),
      )
      expect(asked).toEqual(expected)
    })
  }

  it('the own namespace is one more', () => {
    const { cluster } = start(
      { role: 'pod', namespaces: { own_namespace: true, names: ['a'] } },
      { ownNamespace: 'mine' },
    )
    expect(cluster.queries.map(({ namespace }) => namespace)).toEqual(['a', 'mine'])
  })

  it('and the only one where no other is named', () => {
    const { cluster } = start(
      { role: 'pod', namespaces: { own_namespace: true } },
      { ownNamespace: 'mine' },
    )
    expect(cluster.queries.map(({ namespace }) => namespace)).toEqual(['mine'])
  })
})

describe('a search begins', () => {
  it('with nothing until everything is there, then with all groups at once', () => {
    const stage = start({ role: 'endpoints', attach_metadata: { node: true } })
    const { cluster } = stage
    cluster
      .of('endpoints')
      .sync(endpoints([{ addresses: [address('127.1.0.1')], ports: [port(1)] }]))
    cluster.of('node').sync(node())
    cluster.of('pod').sync(pod())
    expect(stage.findings).toEqual([])
    cluster.of('service').sync(service())
    expect(stage.found()).toEqual(['endpoints/shop/web'])
    expect(stage.findings.at(-1)).toEqual({ complete: true })
  })

  it('with what changed before that already in it', () => {
    const stage = start({ role: 'endpoints' })
    const { cluster } = stage
    const one = { addresses: [address('127.1.0.1')], ports: [port(1)] }
    cluster.of('endpoints').sync(endpoints([one]), endpoints([one], { name: 'b' }))
    cluster.of('endpoints').change([endpoints([one], { name: 'c' })], ['shop/web'])
    cluster.of('service').sync()
    expect(stage.findings).toEqual([])
    cluster.of('pod').sync()
    expect(stage.found()).toEqual(['endpoints/shop/b', 'endpoints/shop/c'])
  })

  it('of an empty cluster with nothing, completely', () => {
    const stage = start({ role: 'pod' })
    stage.cluster.of('pod').sync()
    expect(stage.findings).toEqual([{ complete: true }])
  })

  it('at once where the feed has everything already', () => {
    const stage = start({ role: 'pod', namespaces: { names: ['shop'] } })
    stage.cluster.of('pod', 'shop').sync(pod())
    const again = stage.findings.length
    expect(again).toBe(2)
  })

  it('in each namespace by itself, and is complete with the last', () => {
    const stage = start({ role: 'pod', namespaces: { names: ['a', 'b'] } })
    const { cluster } = stage
    cluster.of('pod', 'b').sync(pod({ namespace: 'b' }))
    expect(stage.found()).toEqual(['pod/b/web'])
    expect(stage.findings.some(({ complete }) => complete)).toBe(false)
    cluster.of('pod', 'a').sync(pod({ namespace: 'a' }))
    expect(stage.found()).toEqual(['pod/a/web'])
    expect(stage.findings.at(-1)).toEqual({ complete: true })
  })

  it('in turns of the event loop, with no group twice', () => {
    const clock = new HandClock()
    const stage = start({ role: 'pod' }, { turns: new Turns({ budgetMs: 5, clock }) })
    const pods = Array.from({ length: 2000 }, (_, at) => pod({ name: `p${String(at)}` }))
    stage.cluster.of('pod').sync(...pods)
    const sources: string[] = [...stage.found()]
    expect(stage.findings.some(({ complete }) => complete)).toBe(false)
    // Some that still wait change and go meanwhile.
    stage.cluster
      .of('pod')
      .change([pod({ name: 'p1999', phase: 'Failed' }), pod({ name: 'late' })], ['shop/p1998'])
    for (let turn = 0; clock.waiting > 0 && turn < 10_000; turn += 1) clock.turn()
    sources.push(...stage.found())
    expect(sources).toHaveLength(2001)
    expect(new Set(sources).size).toBe(2001)
    expect(sources.slice(-2)).toEqual(['pod/shop/late', '-pod/shop/p1998'])
    expect(stage.findings.length).toBeGreaterThan(4)
    expect(stage.findings.at(-1)).toEqual({ complete: true })
  })

  it('and stops with everything it holds', () => {
    const clock = new HandClock()
    const stage = start({ role: 'pod' }, { turns: new Turns({ budgetMs: 5, clock }) })
    stage.cluster
      .of('pod')
      .sync(...Array.from({ length: 50 }, (_, at) => pod({ name: String(at) })))
    stage.stop()
    const before = stage.findings.length
    for (let turn = 0; clock.waiting > 0 && turn < 100; turn += 1) clock.turn()
    expect(stage.findings).toHaveLength(before)
    expect(stage.cluster.followed).toBe(0)
    expect(stage.cluster.requests.observed).toBe(false)
  })

  it('counts the requests of the cluster', () => {
    const stage = start({ role: 'pod' })
    stage.cluster.requests.next()
    expect(stage.context.requests).toBe(1)
  })

  it('fails with a feed that ends', () => {
    const stage = start({ role: 'pod' })
    stage.cluster.of('pod').fail(new Error('boom'))
    expect(stage.errors.map(String)).toEqual(['Error: boom'])
  })
})

/** Endpoints that name a pod at an address, with a node. */
const naming = (name: string, podName: string, nodeName?: string): ReturnType<typeof endpoints> =>
  endpoints(
    [
      {
        addresses: [address('127.1.0.1', { target: podRef(podName), nodeName })],
        ports: [port(1)],
      },
    ],
    { name },
  )

/** A slice of a service that names a pod. */
const sliceNaming = (name: string, serviceName: string, podName: string, nodeName?: string) =>
  slice({
    name,
    labels: ['kubernetes.io/service-name', serviceName],
    endpoints: [sliceEndpoint({ target: podRef(podName), nodeName })],
  })

const attachAll = { node: true, namespace: true, deployment: true, job: true, cronjob: true }
const owned = (name: string, owner: ReturnType<typeof controller>, more: object = {}) =>
  pod({ name, owners: [owner], ...more })
const space = (name: string, ...labels: readonly string[]): Meta =>
  meta({ namespace: '', name, labels })

describe('a change makes those groups again that it can change', () => {
  interface Case {
    readonly title: string
    readonly role: string
    readonly more?: Readonly<Record<string, unknown>>
    /** What there is. */
    readonly before: (cluster: ScriptedCluster) => void
    readonly change: (cluster: ScriptedCluster) => void
    readonly found: readonly string[]
  }
  const cases: readonly Case[] = [
    {
      title: 'an object that came',
      role: 'pod',
      before: (c) => c.of('pod').sync(pod({ name: 'a' })),
      change: (c) => c.of('pod').change([pod({ name: 'b' })]),
      found: ['pod/shop/b'],
    },
    {
      title: 'an object that changed and one that went, in one burst',
      role: 'service',
      before: (c) => c.of('service').sync(service({ name: 'a' }), service({ name: 'b' })),
      change: (c) => c.of('service').change([service({ name: 'b', type: 'NodePort' })], ['shop/a']),
      found: ['svc/shop/b', '-svc/shop/a'],
    },
    {
      title: 'a node that went',
      role: 'node',
      before: (c) => c.of('node').sync(node(), node({ name: 'n2' })),
      change: (c) => c.of('node').change([], ['n1']),
      found: ['-node/n1'],
    },
    {
      title: 'a slice that went',
      role: 'endpointslice',
      before: (c) => c.of('endpointslice').sync(sliceNaming('a', 'web', 'p')),
      change: (c) => c.of('endpointslice').change([], ['shop/a']),
      found: ['-endpointslice/shop/a'],
    },
    {
      title: 'an ingress',
      role: 'ingress',
      before: (c) => c.of('ingress').sync(),
      change: (c) =>
        c.of('ingress').change([ingress({ rules: [{ host: 'a', paths: undefined }] })]),
      found: ['ingress/shop/web'],
    },
    {
      title: 'an object that changed twice in one burst, once',
      role: 'pod',
      before: (c) => c.of('pod').sync(),
      change: (c) => c.of('pod').change([pod(), pod({ phase: 'Failed' }), pod({ phase: 'X' })]),
      found: ['pod/shop/web'],
    },
    {
      title: 'a service: the endpoints of its name',
      role: 'endpoints',
      before: (c) => c.of('endpoints').sync(naming('web', 'p'), naming('other', 'p')),
      change: (c) => c.of('service').change([service({ labels: ['a', 'b'] })]),
      found: ['endpoints/shop/web'],
    },
    {
      title: 'a service: the slices that belong to it',
      role: 'endpointslice',
      before: (c) => {
        c.of('endpointslice').sync(
          sliceNaming('w-1', 'web', 'p'),
          sliceNaming('x-1', 'x', 'p'),
          sliceNaming('w-2', 'web', 'p'),
        )
        c.of('service').sync(service())
      },
      change: (c) => c.of('service').change([], ['shop/web']),
      found: ['endpointslice/shop/w-1', 'endpointslice/shop/w-2'],
    },
    {
      title: 'the labels of a pod: the endpoints that name it',
      role: 'endpoints',
      before: (c) => {
        c.of('endpoints').sync(naming('a', 'p1'), naming('b', 'p2'), naming('c', 'p1'))
        c.of('pod').sync(pod({ name: 'p1' }), pod({ name: 'p2' }))
      },
      change: (c) => c.of('pod').change([pod({ name: 'p1', labels: ['a', 'b'] })]),
      found: ['endpoints/shop/a', 'endpoints/shop/c'],
    },
    {
      title: 'a pod that endpoints name as not ready',
      role: 'endpoints',
      before: (c) =>
        c.of('endpoints').sync(
          endpoints([
            {
              notReadyAddresses: [address('127.1.0.1', { target: podRef('p') })],
              ports: [port(1)],
            },
          ]),
        ),
      change: (c) => c.of('pod').change([pod({ name: 'p' })]),
      found: ['endpoints/shop/web'],
    },
    {
      title: 'a pod that came after the slice that names it',
      role: 'endpointslice',
      before: (c) => c.of('endpointslice').sync(sliceNaming('a', 'web', 'p'), slice()),
      change: (c) => c.of('pod').change([pod({ name: 'p' })]),
      found: ['endpointslice/shop/a'],
    },
    {
      title: 'a pod that went before the slice that names it',
      role: 'endpointslice',
      before: (c) => {
        c.of('endpointslice').sync(sliceNaming('a', 'web', 'p'))
        c.of('pod').sync(pod({ name: 'p' }))
      },
      change: (c) => c.of('pod').change([], ['shop/p']),
      found: ['endpointslice/shop/a'],
    },
    {
      title: 'nothing, where of a pod that is named nothing changed but its version',
      role: 'endpoints',
      before: (c) => {
        c.of('endpoints').sync(naming('a', 'p'))
        c.of('pod').sync(pod({ name: 'p', resourceVersion: '1' }))
      },
      change: (c) => c.of('pod').change([pod({ name: 'p', resourceVersion: '2' })]),
      found: [],
    },
    {
      title: 'a node: the pods on it, where it is attached',
      role: 'pod',
      more: { attach_metadata: { node: true } },
      before: (c) => {
        c.of('pod').sync(pod({ name: 'a' }), pod({ name: 'b', nodeName: 'n2' }))
        c.of('node').sync(node())
      },
      change: (c) => c.of('node').change([node({ name: 'n2' })]),
      found: ['pod/shop/b'],
    },
    {
      title: 'a node that went: the pods on it have no targets',
      role: 'pod',
      more: { attach_metadata: { node: true } },
      before: (c) => {
        c.of('pod').sync(pod({ name: 'a' }))
        c.of('node').sync(node())
      },
      change: (c) => c.of('node').change([], ['n1']),
      found: ['-pod/shop/a'],
    },
    {
      title: 'nothing, where a node only tells that it is alive',
      role: 'pod',
      more: { attach_metadata: { node: true } },
      before: (c) => {
        c.of('pod').sync(pod())
        c.of('node').sync(node())
      },
      change: (c) =>
        c
          .of('node')
          .change([
            node({ resourceVersion: '2', conditions: [{ type: 'Ready', status: 'False' }] }),
          ]),
      found: [],
    },
    {
      title: 'a node: the endpoints that name it or are it',
      role: 'endpoints',
      more: { attach_metadata: { node: true } },
      before: (c) => {
        c.of('endpoints').sync(
          naming('a', 'p', 'n1'),
          naming('b', 'p', 'n2'),
          endpoints(
            [
              {
                addresses: [
                  address('127.1.0.1', { target: { kind: 'Node', namespace: '', name: 'n1' } }),
                ],
                ports: [port(1)],
              },
            ],
            { name: 'c' },
          ),
        )
        c.of('node').sync(node())
      },
      change: (c) => c.of('node').change([node({ labels: ['zone', 'a'] })]),
      found: ['endpoints/shop/a', 'endpoints/shop/c'],
    },
    {
      title: 'a node: the slices that name it',
      role: 'endpointslice',
      more: { attach_metadata: { node: true } },
      before: (c) => {
        c.of('endpointslice').sync(
          sliceNaming('a', 'web', 'p', 'n1'),
          sliceNaming('b', 'web', 'p', 'n2'),
        )
        c.of('node').sync(node())
      },
      change: (c) => c.of('node').change([node({ annotations: ['a', 'b'] })]),
      found: ['endpointslice/shop/a'],
    },
    {
      title: 'a namespace: everything in it',
      role: 'service',
      more: { attach_metadata: { namespace: true } },
      before: (c) => {
        c.of('service').sync(service({ name: 'a' }), service({ namespace: 'other' }))
        c.of('namespace').sync(space('shop'), space('other'))
      },
      change: (c) => c.of('namespace').change([space('shop', 'team', 'blue')]),
      found: ['svc/shop/a'],
    },
    {
      title: 'a replica set: the pods that it manages',
      role: 'pod',
      more: { attach_metadata: { deployment: true } },
      before: (c) => {
        c.of('pod').sync(
          owned('a', controller('ReplicaSet', 'rs')),
          owned('b', controller('ReplicaSet', 'other')),
          owned('c', controller('Job', 'rs')),
        )
        c.of('replicaset').sync()
      },
      change: (c) =>
        c.of('replicaset').change([meta({ name: 'rs', owners: [controller('Deployment', 'd')] })]),
      found: ['pod/shop/a'],
    },
    {
      title: 'a replica set: the endpoints that name pods that it manages',
      role: 'endpoints',
      more: { attach_metadata: attachAll },
      before: (c) => {
        c.of('endpoints').sync(naming('a', 'p1'), naming('b', 'p2'))
        c.of('pod').sync(
          owned('p1', controller('ReplicaSet', 'rs')),
          owned('p2', controller('ReplicaSet', 'other')),
        )
      },
      change: (c) =>
        c.of('replicaset').change([meta({ name: 'rs', owners: [controller('Deployment', 'd')] })]),
      found: ['endpoints/shop/a'],
    },
    {
      title: 'a job: the slices that name pods that it manages',
      role: 'endpointslice',
      more: { attach_metadata: attachAll },
      before: (c) => {
        c.of('endpointslice').sync(sliceNaming('a', 'web', 'p1'), sliceNaming('b', 'web', 'p2'))
        c.of('pod').sync(
          owned('p1', controller('Job', 'j')),
          owned('p2', controller('ReplicaSet', 'j')),
        )
      },
      change: (c) =>
        c.of('job').change([meta({ name: 'j', owners: [controller('CronJob', 'x')] })]),
      found: ['endpointslice/shop/a'],
    },
    {
      title: 'nothing, where a replica set only counts its pods',
      role: 'pod',
      more: { attach_metadata: { deployment: true } },
      before: (c) => {
        c.of('pod').sync(owned('a', controller('ReplicaSet', 'rs')))
        c.of('replicaset').sync(meta({ name: 'rs' }))
      },
      change: (c) => c.of('replicaset').change([meta({ name: 'rs', resourceVersion: '2' })]),
      found: [],
    },
  ]
  for (const { title, role, more, before, change, found } of cases) {
    it(title, () => {
      const stage = start({ role, ...more })
      before(stage.cluster)
      stage.cluster.syncAll()
      stage.found()
      change(stage.cluster)
      expect(stage.found()).toEqual(found)
    })
  }

  it('looks up pods only in the namespace of the endpoints, where namespaces are named', () => {
    const stage = start({ role: 'endpoints', namespaces: { names: ['shop', 'other'] } })
    const { cluster } = stage
    const target = podRef('p', 'other')
    const named = [{ addresses: [address('127.1.0.1', { target })], ports: [port(1)] }]
    cluster.of('endpoints', 'shop').sync(endpoints(named))
    cluster.of('pod', 'other').sync(pod({ namespace: 'other', name: 'p' }))
    cluster.syncAll()
    const groups = stage.findings.flatMap(({ groups: some = [] }) => some)
    expect(groups.map(({ source }) => source)).toEqual(['endpoints/shop/web'])
    expect(groups[0]?.targets[0]).not.toHaveProperty('__meta_kubernetes_pod_name')
  })

  it('a node without an address keeps its group, with a warning', () => {
    const stage = start({ role: 'node' })
    stage.cluster.of('node').sync(node())
    stage.found()
    stage.cluster.of('node').change([node({ addresses: [] })])
    expect(stage.found()).toEqual([])
    expect(stage.context.lines).toEqual([
      { level: 'warn', message: 'No node address found', fields: { node: 'n1' } },
    ])
  })
})

describe('the metrics count events as Prometheus does', () => {
  it('of a role its own objects, those at first too', async () => {
    const stage = start({ role: 'pod', attach_metadata: { node: true } })
    stage.cluster.of('pod').sync(pod({ name: 'a' }), pod({ name: 'b' }))
    stage.cluster.of('node').sync(node())
    stage.cluster.of('pod').change([pod({ name: 'a', phase: 'X' }), pod({ name: 'c' })], ['shop/b'])
    stage.cluster.of('node').change([node({ labels: ['a', 'b'] })])
    expect(await stage.counted()).toEqual(['pod add 3', 'pod delete 1', 'pod update 1'])
  })

  it('of endpoints services as well, and of pods those that changed', async () => {
    const stage = start({ role: 'endpoints' })
    stage.cluster.of('endpoints').sync(naming('a', 'p'))
    stage.cluster.of('service').sync(service())
    stage.cluster.of('pod').sync(pod())
    stage.cluster.of('pod').change([pod({ phase: 'X' }), pod({ name: 'new' })], ['shop/new'])
    stage.cluster.of('service').change([], ['shop/web'])
    expect(await stage.counted()).toEqual([
      'endpoints add 1',
      'pod update 1',
      'service add 1',
      'service delete 1',
    ])
  })

  it('has a series for each role and event from the start, and one for failures', async () => {
    const registry = new Registry()
    kubernetesMetrics(registry).failed()
    const text = await registry.metrics()
    expect(text.match(/^prometheus_sd_kubernetes_events_total\{/gm)).toHaveLength(18)
    expect(text).toContain('prometheus_sd_kubernetes_events_total{role="ingress",event="update"} 0')
    expect(text).toContain('prometheus_sd_kubernetes_failures_total 1')
  })
})

describe('what goes wrong is said', () => {
  const forbidden = new Error('User "x" cannot list resource "pods"')

  it('with the feed, the namespace and the words of the server, while others go on', () => {
    const stage = start({ role: 'pod', namespaces: { names: ['a', 'b'] } })
    const { cluster } = stage
    cluster.of('pod', 'a').trouble({ error: forbidden, nextTry: 5000 })
    cluster.of('pod', 'b').sync(pod({ namespace: 'b' }))
    expect(stage.found()).toEqual(['pod/b/web'])
    const [first] = stage.findings
    expect(String(first?.trouble?.error)).toBe(
      'FeedError: pods of the namespace a: User "x" cannot list resource "pods"',
    )
    expect(first?.trouble?.error).toMatchObject({ code: 'ERR_KUBERNETES_FEED', cause: forbidden })
    expect(first?.trouble?.nextTry).toBe(5000)
    expect(stage.findings.some(({ complete }) => complete)).toBe(false)
  })

  it('and that all is well when the last feed has recovered', () => {
    const stage = start({ role: 'endpoints' })
    const { cluster } = stage
    cluster.syncAll()
    stage.findings.length = 0
    cluster.of('pod').trouble({ error: forbidden })
    cluster.of('service').trouble({ error: new Error('gone') })
    cluster.of('pod').trouble(null)
    cluster.of('service').trouble(null)
    cluster.of('service').trouble(null)
    const said = stage.findings.map(({ trouble }) => trouble && String(trouble.error))
    expect(said).toEqual([
      'FeedError: pods: User "x" cannot list resource "pods"',
      'FeedError: pods: User "x" cannot list resource "pods"; and 1 more',
      'FeedError: services: gone',
      null,
    ])
  })

  it('an error that names its feed already is not told which one it is', () => {
    const stage = start({ role: 'pod' })
    stage.cluster.of('pod').trouble({ error: new Error('pods: server returned HTTP status 500') })
    expect(String(stage.findings[0]?.trouble?.error)).toBe(
      'FeedError: pods: server returned HTTP status 500',
    )
  })

  it('a recovery before everything was found is told by that', () => {
    const stage = start({ role: 'pod' })
    stage.cluster.of('pod').trouble({ error: forbidden })
    stage.cluster.of('pod').trouble(null)
    stage.cluster.of('pod').sync()
    expect(stage.findings).toHaveLength(2)
    expect(stage.findings[1]).toEqual({ complete: true })
  })

  it('and is not forgotten when everything was found', () => {
    const stage = start({ role: 'endpoints' })
    stage.cluster.of('pod').sync()
    stage.cluster.of('pod').trouble({ error: forbidden })
    stage.cluster.syncAll()
    expect(stage.findings.map((finding) => Object.keys(finding))).toEqual([
      ['trouble'],
      ['complete'],
      ['trouble'],
    ])
  })

  it('a feed that several namespaces use is one trouble', () => {
    const stage = start({
      role: 'pod',
      namespaces: { names: ['a', 'b'] },
      attach_metadata: { node: true },
    })
    stage.cluster.syncAll()
    stage.findings.length = 0
    stage.cluster.of('node').trouble({ error: forbidden })
    stage.cluster.of('node').trouble(null)
    expect(stage.findings.map(({ trouble }) => trouble && String(trouble.error))).toEqual([
      'FeedError: nodes: User "x" cannot list resource "pods"',
      null,
    ])
  })

  it('in the log once, and at debug level for each further try', () => {
    const stage = start({ role: 'pod' })
    const feed = stage.cluster.of('pod')
    feed.trouble({ error: forbidden })
    feed.trouble({ error: forbidden })
    feed.trouble({ error: new Error('other') })
    expect(
      stage.context.lines.map(({ level, fields }) => `${level} ${String(fields['err'])}`),
    ).toEqual([
      'error FeedError: pods: User "x" cannot list resource "pods"',
      'debug FeedError: pods: User "x" cannot list resource "pods"',
      'error FeedError: pods: other',
    ])
  })
})

it('a container without ports in a pod that is named adds nothing', () => {
  const stage = start({ role: 'endpointslice' })
  stage.cluster.of('endpointslice').sync(sliceNaming('a', 'web', 'p'))
  stage.cluster.of('pod').sync(pod({ name: 'p', containers: [container('x')] }))
  stage.cluster.syncAll()
  expect(stage.findings[0]?.groups?.[0]?.targets).toHaveLength(1)
})
