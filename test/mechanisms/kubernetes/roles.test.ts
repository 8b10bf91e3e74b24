import { describe, expect, it } from 'vitest'
import type { TargetGroup } from '../../../src/discovery/index.js'
import type { Labels } from '../../../src/labels/index.js'
import type { Meta, Node, Pod, Service } from '../../../src/mechanisms/kubernetes/objects.js'
import { endpointsGroup, overCapacity } from '../../../src/mechanisms/kubernetes/roles/endpoints.js'
import { endpointSliceGroup } from '../../../src/mechanisms/kubernetes/roles/endpointslice.js'
import { ingressGroup } from '../../../src/mechanisms/kubernetes/roles/ingress.js'
import { LabelMaker } from '../../../src/mechanisms/kubernetes/roles/label-maker.js'
import { keyOf, type Lookups } from '../../../src/mechanisms/kubernetes/roles/lookups.js'
import { nodeGroup, withoutAddress } from '../../../src/mechanisms/kubernetes/roles/node.js'
import { podGroup } from '../../../src/mechanisms/kubernetes/roles/pod.js'
import { serviceGroup } from '../../../src/mechanisms/kubernetes/roles/service.js'
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

/** What there is beside the object; what is left out is not attached. */
interface Known {
  readonly services?: readonly Service[]
  readonly pods?: readonly Pod[]
  readonly nodes?: readonly Node[]
  readonly namespaces?: readonly Meta[]
  readonly replicaSets?: readonly Meta[]
  readonly jobs?: readonly Meta[]
  readonly withJobName?: boolean
}

function byKey<O extends Meta>(objects: readonly O[] | undefined): (key: string) => O | undefined {
  return (key) => objects?.find((one) => keyOf(one) === key)
}

function lookups(known: Known = {}): Lookups {
  return {
    maker: new LabelMaker(),
    service: byKey(known.services),
    pod: byKey(known.pods),
    node: known.nodes && byKey(known.nodes),
    namespace: known.namespaces && byKey(known.namespaces),
    replicaSet: known.replicaSets && byKey(known.replicaSets),
    job: known.jobs && byKey(known.jobs),
    withJobName: known.withJobName ?? false,
  }
}

/** The labels of each target, without the prefix that they share and without what is empty. */
function targets(group: TargetGroup | undefined): readonly Labels[] {
  return (group?.targets ?? []).map(short)
}

function short(labels: Labels): Labels {
  return Object.fromEntries(
    Object.entries(labels)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => [name.replace('__meta_kubernetes_', ''), value]),
  )
}

/** Those labels of a group whose names begin like this. */
function starting(group: TargetGroup | undefined, prefix: string): Labels {
  return Object.fromEntries(
    Object.entries(short(group?.labels ?? {})).filter(([name]) => name.startsWith(prefix)),
  )
}

const odd = meta({
  labels: ['app.kubernetes.io/name', 'a', 'é', '', 'x-y', '1', 'x.y', '2'],
  annotations: ['a/b', '{"json":\n"value"}'],
})

describe('labels and annotations', () => {
  const cases: readonly (readonly [title: string, object: Partial<Meta>, labels: Labels])[] = [
    ['an object without any has none', {}, { pod_name: 'web' }],
    [
      'odd characters become underscores, and each says that it is there',
      odd,
      {
        pod_name: 'web',
        pod_label_app_kubernetes_io_name: 'a',
        pod_labelpresent_app_kubernetes_io_name: 'true',
        pod_labelpresent__: 'true',
        pod_label_x_y: '2',
        pod_labelpresent_x_y: 'true',
        pod_annotation_a_b: '{"json":\n"value"}',
        pod_annotationpresent_a_b: 'true',
      },
    ],
    [
      'of two that become one name the later one of the server’s order wins',
      { labels: ['a.b', 'first', 'a_b', 'second', 'a/b', 'third'] },
      { pod_name: 'web', pod_label_a_b: 'third', pod_labelpresent_a_b: 'true' },
    ],
    [
      'names that are members of every object are names like others',
      { labels: ['__proto__', 'p', 'constructor', 'c'] },
      {
        pod_name: 'web',
        pod_label___proto__: 'p',
        pod_labelpresent___proto__: 'true',
        pod_label_constructor: 'c',
        pod_labelpresent_constructor: 'true',
      },
    ],
    ['an empty name is an empty label', { name: '' }, {}],
  ]
  for (const [title, more, labels] of cases) {
    it(title, () => {
      const group = podGroup(pod(more), lookups())
      const found = short(group.labels)
      const own = Object.entries(found).filter(([name]) =>
        /^pod_(?:name|label|annotation)/.test(name),
      )
      expect(Object.fromEntries(own)).toEqual(labels)
    })
  }

  it('of an object with more than a label set holds in one piece are all there', () => {
    const labels = Array.from({ length: 200 }, (_, at) => [`l${String(at)}`, String(at)]).flat()
    const group = podGroup(pod({ labels }), lookups())
    expect(Object.keys(starting(group, 'pod_label_'))).toHaveLength(200)
    expect(group.labels).toMatchObject({ __meta_kubernetes_pod_label_l199: '199' })
  })
})

/** Addresses of these types, the first one 127.9.0.1. */
const of = (...types: readonly string[]): Pick<Node, 'addresses'> => ({
  addresses: types.map((type, at) => ({ type, address: `127.9.0.${String(at + 1)}` })),
})

describe('role node', () => {
  const addresses: readonly (readonly [title: string, node: Partial<Node>, target: Labels])[] = [
    [
      'its address is the internal IP and the port of the kubelet',
      of('Hostname', 'ExternalIP', 'InternalIP'),
      {
        __address__: '127.9.0.3:10250',
        instance: 'n1',
        node_address_Hostname: '127.9.0.1',
        node_address_ExternalIP: '127.9.0.2',
        node_address_InternalIP: '127.9.0.3',
      },
    ],
    [
      'an internal name comes before an external IP',
      of('ExternalIP', 'InternalDNS'),
      {
        __address__: '127.9.0.2:10250',
        instance: 'n1',
        node_address_ExternalIP: '127.9.0.1',
        node_address_InternalDNS: '127.9.0.2',
      },
    ],
    [
      'a hostname counts last, and a type of its own has a label alone',
      of('Fancy-Type', 'Hostname', 'LegacyHostIP'),
      {
        __address__: '127.9.0.3:10250',
        instance: 'n1',
        node_address_Fancy_Type: '127.9.0.1',
        node_address_Hostname: '127.9.0.2',
        node_address_LegacyHostIP: '127.9.0.3',
      },
    ],
    [
      'of several addresses of a type the first one counts',
      of('InternalIP', 'InternalIP'),
      { __address__: '127.9.0.1:10250', instance: 'n1', node_address_InternalIP: '127.9.0.1' },
    ],
    [
      'an IPv6 address has brackets, and a port that is not known is 0',
      { addresses: [{ type: 'InternalIP', address: '::1' }], kubeletPort: 0 },
      { __address__: '[::1]:0', instance: 'n1', node_address_InternalIP: '::1' },
    ],
  ]
  for (const [title, more, target] of addresses) {
    it(title, () => {
      const group = nodeGroup(node(more), lookups())
      expect(group?.source).toBe('node/n1')
      expect(targets(group)).toEqual([target])
    })
  }

  it('a node without an address that counts keeps the group it had, with a warning', () => {
    for (const one of [node(of()), node(of('Fancy'))]) {
      expect(nodeGroup(one, lookups())).toBeUndefined()
      expect(withoutAddress(one)).toBe('No node address found')
    }
    expect(withoutAddress(node())).toBeUndefined()
  })

  it('its conditions are labels in lower case, the last one of a name', () => {
    const group = nodeGroup(
      node({
        providerId: 'kind://1',
        conditions: [
          { type: 'Ready', status: 'True' },
          { type: 'NetworkUnavailable', status: 'Unknown' },
          { type: 'Odd-Type', status: 'False' },
          { type: 'odd.type', status: 'True' },
        ],
      }),
      lookups(),
    )
    expect(short(group?.labels ?? {})).toEqual({
      node_name: 'n1',
      node_provider_id: 'kind://1',
      node_condition_ready: 'true',
      node_condition_networkunavailable: 'unknown',
      node_condition_odd_type: 'true',
    })
  })
})

describe('role pod', () => {
  it('has a target for each port of each container, those of init containers last', () => {
    const group = podGroup(
      pod({
        containers: [
          container('main', {
            ports: [port(8080, { name: 'http' }), port(53, { protocol: 'UDP' })],
          }),
          container('side', { id: '' }),
          container('setup', { isInit: true, ports: [port(9, { name: 'x' })] }),
        ],
      }),
      lookups(),
    )
    expect(group.source).toBe('pod/shop/web')
    expect(targets(group)).toEqual([
      {
        __address__: '127.1.0.1:8080',
        pod_container_name: 'main',
        pod_container_id: 'containerd://main',
        pod_container_image: 'main:1',
        pod_container_init: 'false',
        pod_container_port_name: 'http',
        pod_container_port_number: '8080',
        pod_container_port_protocol: 'TCP',
      },
      {
        __address__: '127.1.0.1:53',
        pod_container_name: 'main',
        pod_container_id: 'containerd://main',
        pod_container_image: 'main:1',
        pod_container_init: 'false',
        pod_container_port_number: '53',
        pod_container_port_protocol: 'UDP',
      },
      {
        __address__: '127.1.0.1',
        pod_container_name: 'side',
        pod_container_image: 'side:1',
        pod_container_init: 'false',
      },
      {
        __address__: '127.1.0.1:9',
        pod_container_name: 'setup',
        pod_container_id: 'containerd://setup',
        pod_container_image: 'setup:1',
        pod_container_init: 'true',
        pod_container_port_name: 'x',
        pod_container_port_number: '9',
        pod_container_port_protocol: 'TCP',
      },
    ])
  })

  it('an IPv6 address has brackets only where a port follows', () => {
    const containers = [container('a', { ports: [port(1)] }), container('b')]
    const group = podGroup(pod({ ip: 'fd00::1', containers }), lookups())
    expect(group.targets.map(({ __address__: one }) => one)).toEqual(['[fd00::1]:1', 'fd00::1'])
  })

  const states: readonly (readonly [title: string, pod: Partial<Pod>, labels: Labels])[] = [
    [
      'its group says what the status of the pod says',
      {},
      {
        pod_ip: '127.1.0.1',
        pod_ready: 'true',
        pod_phase: 'Running',
        pod_node_name: 'n1',
        pod_host_ip: '127.9.0.1',
        pod_uid: 'uid-1',
        pod_name: 'web',
      },
    ],
    [
      'without the condition it is not known whether it is ready',
      { ready: '', phase: 'Pending', nodeName: '', hostIp: '' },
      {
        pod_ip: '127.1.0.1',
        pod_ready: 'unknown',
        pod_phase: 'Pending',
        pod_uid: 'uid-1',
        pod_name: 'web',
      },
    ],
  ]
  for (const [title, more, labels] of states) {
    it(title, () => {
      const group = podGroup(pod(more), lookups())
      expect(starting(group, 'pod_')).toEqual(labels)
      expect(starting(group, 'namespace')).toEqual({ namespace: 'shop' })
    })
  }

  it('a pod without an address has no targets', () => {
    expect(podGroup(pod({ ip: '' }), lookups())).toEqual({
      source: 'pod/shop/web',
      labels: {},
      targets: [],
    })
  })

  const owners: readonly (readonly [
    title: string,
    pod: Partial<Pod>,
    known: Known,
    labels: Labels,
  ])[] = [
    [
      'an owner that does not manage it is not named',
      { owners: [{ kind: 'ReplicaSet', name: 'rs', isController: false }] },
      {},
      {},
    ],
    [
      'the owner that manages it is named',
      { owners: [{ kind: 'X', name: 'x', isController: false }, controller('Node', 'n1')] },
      {},
      { pod_controller_kind: 'Node', pod_controller_name: 'n1' },
    ],
    [
      'the deployment above its replica set is named where that is attached',
      { owners: [controller('ReplicaSet', 'rs')] },
      { replicaSets: [meta({ name: 'rs', owners: [controller('Deployment', 'd')] })] },
      {
        pod_controller_kind: 'ReplicaSet',
        pod_controller_name: 'rs',
        pod_deployment_name: 'd',
      },
    ],
    [
      'a replica set that is managed by something else is no deployment',
      { owners: [controller('ReplicaSet', 'rs')] },
      { replicaSets: [meta({ name: 'rs', owners: [controller('Rollout', 'r')] })] },
      { pod_controller_kind: 'ReplicaSet', pod_controller_name: 'rs' },
    ],
    [
      'a replica set of the same name in another namespace does not count',
      { owners: [controller('ReplicaSet', 'rs')] },
      {
        replicaSets: [
          meta({ namespace: 'other', name: 'rs', owners: [controller('Deployment', 'd')] }),
        ],
      },
      { pod_controller_kind: 'ReplicaSet', pod_controller_name: 'rs' },
    ],
    [
      'its job is named where that is attached, whether it is known or not',
      { owners: [controller('Job', 'j')] },
      { withJobName: true },
      { pod_controller_kind: 'Job', pod_controller_name: 'j', pod_job_name: 'j' },
    ],
    [
      'the cron job above its job is named where that is attached',
      { owners: [controller('Job', 'j')] },
      { jobs: [meta({ name: 'j', owners: [controller('CronJob', 'c')] })] },
      { pod_controller_kind: 'Job', pod_controller_name: 'j', pod_cronjob_name: 'c' },
    ],
    [
      'a job that was made by hand has no cron job',
      { owners: [controller('Job', 'j')] },
      { jobs: [meta({ name: 'j' })], withJobName: true },
      { pod_controller_kind: 'Job', pod_controller_name: 'j', pod_job_name: 'j' },
    ],
  ]
  for (const [title, more, known, labels] of owners) {
    it(title, () => {
      const found = Object.entries(starting(podGroup(pod(more), lookups(known)), 'pod_'))
      const named = found.filter(([name]) => /controller|deployment|job/.test(name))
      expect(Object.fromEntries(named)).toEqual(labels)
    })
  }

  it('has the labels of its node and its namespace where they are attached', () => {
    const known = {
      nodes: [node({ labels: ['zone', 'a'], annotations: ['x/y', 'z'] })],
      namespaces: [meta({ namespace: '', name: 'shop', labels: ['team', 'blue'] })],
    }
    const { labels } = podGroup(pod(), lookups(known))
    expect(short(labels)).toMatchObject({
      node_name: 'n1',
      node_label_zone: 'a',
      node_labelpresent_zone: 'true',
      node_annotation_x_y: 'z',
      node_annotationpresent_x_y: 'true',
      namespace: 'shop',
      namespace_label_team: 'blue',
      namespace_labelpresent_team: 'true',
    })
    expect(labels).not.toHaveProperty('__meta_kubernetes_node_provider_id')
    expect(labels).not.toHaveProperty('__meta_kubernetes_namespace_name')
  })

  it('has no targets when its node is not there, such as one that a selector leaves out', () => {
    for (const nodeName of ['n2', '']) {
      expect(podGroup(pod({ nodeName }), lookups({ nodes: [node()] })).targets).toEqual([])
    }
  })

  it('does without the labels of a namespace that is not known', () => {
    const { labels, targets: found } = podGroup(pod(), lookups({ namespaces: [] }))
    expect(found).toHaveLength(1)
    expect(Object.keys(labels).filter((name) => name.includes('namespace_'))).toEqual([])
  })
})

describe('role service', () => {
  const cases: readonly (readonly [title: string, service: Partial<Service>, targets: Labels[]])[] =
    [
      [
        'has a target for each port, at its name in the DNS of the cluster',
        { ports: [port(80, { name: 'http' }), port(53, { protocol: 'UDP' })] },
        [
          {
            __address__: 'web.shop.svc:80',
            service_port_name: 'http',
            service_port_number: '80',
            service_port_protocol: 'TCP',
            service_type: 'ClusterIP',
            service_cluster_ip: '127.8.0.1',
          },
          {
            __address__: 'web.shop.svc:53',
            service_port_number: '53',
            service_port_protocol: 'UDP',
            service_type: 'ClusterIP',
            service_cluster_ip: '127.8.0.1',
          },
        ],
      ],
      ['has no targets without ports', { ports: [] }, []],
      [
        'a headless one says so',
        { clusterIp: 'None' },
        [
          {
            __address__: 'web.shop.svc:80',
            service_port_number: '80',
            service_port_protocol: 'TCP',
            service_type: 'ClusterIP',
            service_cluster_ip: 'None',
          },
        ],
      ],
      [
        'one for a name outside has that name and no IP',
        { type: 'ExternalName', externalName: 'db.example.com', clusterIp: 'x' },
        [
          {
            __address__: 'web.shop.svc:80',
            service_port_number: '80',
            service_port_protocol: 'TCP',
            service_type: 'ExternalName',
            service_external_name: 'db.example.com',
          },
        ],
      ],
      [
        'one with a load balancer has the IPs of that',
        { type: 'LoadBalancer', loadBalancerIp: '127.7.0.1', ingressIps: ['127.7.0.2', '', '::1'] },
        [
          {
            __address__: 'web.shop.svc:80',
            service_port_number: '80',
            service_port_protocol: 'TCP',
            service_type: 'LoadBalancer',
            service_cluster_ip: '127.8.0.1',
            service_loadbalancer_ip: '127.7.0.2,::1',
          },
        ],
      ],
      [
        'one whose load balancer has no IP yet has the one that was asked for',
        { type: 'LoadBalancer', loadBalancerIp: '127.7.0.1', ingressIps: [''] },
        [
          {
            __address__: 'web.shop.svc:80',
            service_port_number: '80',
            service_port_protocol: 'TCP',
            service_type: 'LoadBalancer',
            service_cluster_ip: '127.8.0.1',
            service_loadbalancer_ip: '127.7.0.1',
          },
        ],
      ],
    ]
  for (const [title, more, expected] of cases) {
    it(title, () => {
      const group = serviceGroup(service(more), lookups())
      expect(group.source).toBe('svc/shop/web')
      expect(targets(group)).toEqual(expected)
      expect(short(group.labels)).toEqual({ namespace: 'shop', service_name: 'web' })
    })
  }

  it('has the labels of its namespace where they are attached', () => {
    const namespaces = [meta({ namespace: '', name: 'shop', annotations: ['a', 'b'] })]
    expect(short(serviceGroup(service(), lookups({ namespaces })).labels)).toEqual({
      namespace: 'shop',
      namespace_annotation_a: 'b',
      namespace_annotationpresent_a: 'true',
      service_name: 'web',
    })
  })
})

const webPod = pod({
  name: 'web-1',
  labels: ['app', 'web'],
  containers: [
    container('main', { ports: [port(80, { name: 'http' }), port(81, { name: 'metrics' })] }),
    container('side'),
  ],
})

/** The labels of a pod in the target of endpoints. */
const ofWebPod = {
  pod_ip: '127.1.0.1',
  pod_ready: 'true',
  pod_phase: 'Running',
  pod_node_name: 'n1',
  pod_host_ip: '127.9.0.1',
  pod_uid: 'uid-1',
  pod_name: 'web-1',
  pod_label_app: 'web',
  pod_labelpresent_app: 'true',
}
const ofHttp = {
  pod_container_name: 'main',
  pod_container_image: 'main:1',
  pod_container_init: 'false',
  pod_container_port_name: 'http',
  pod_container_port_number: '80',
  pod_container_port_protocol: 'TCP',
}
/** The target for the port of the pod that is not named. */
const ofMetrics = {
  __address__: '127.1.0.1:81',
  ...ofWebPod,
  ...ofHttp,
  pod_container_port_name: 'metrics',
  pod_container_port_number: '81',
}

/** The warning for endpoints with this label. */
const said = (value: string): string | undefined =>
  overCapacity(endpoints([], { labels: ['endpoints.kubernetes.io/over-capacity', value] }))

describe('role endpoints', () => {
  it('has a target for each port and address, those that are not ready with that label', () => {
    const group = endpointsGroup(
      endpoints([
        {
          addresses: [
            address('127.1.0.1', { hostname: 'h', nodeName: 'n1' }),
            address('::1', { target: { kind: 'Node', namespace: '', name: 'n2' } }),
          ],
          notReadyAddresses: [address('127.1.0.2')],
          ports: [port(80, { name: 'http' }), port(53, { protocol: 'UDP' })],
        },
        { addresses: [address('127.1.0.3')] },
      ]),
      lookups(),
    )
    expect(group.source).toBe('endpoints/shop/web')
    expect(short(group.labels)).toEqual({ namespace: 'shop', endpoints_name: 'web' })
    const http = { endpoint_port_name: 'http', endpoint_port_protocol: 'TCP' }
    expect(targets(group)).toEqual([
      {
        __address__: '127.1.0.1:80',
        ...http,
        endpoint_ready: 'true',
        endpoint_hostname: 'h',
        endpoint_node_name: 'n1',
      },
      {
        __address__: '[::1]:80',
        ...http,
        endpoint_ready: 'true',
        endpoint_address_target_kind: 'Node',
        endpoint_address_target_name: 'n2',
      },
      { __address__: '127.1.0.2:80', ...http, endpoint_ready: 'false' },
      {
        __address__: '127.1.0.1:53',
        endpoint_port_protocol: 'UDP',
        endpoint_ready: 'true',
        endpoint_hostname: 'h',
        endpoint_node_name: 'n1',
      },
      {
        __address__: '[::1]:53',
        endpoint_port_protocol: 'UDP',
        endpoint_ready: 'true',
        endpoint_address_target_kind: 'Node',
        endpoint_address_target_name: 'n2',
      },
      { __address__: '127.1.0.2:53', endpoint_port_protocol: 'UDP', endpoint_ready: 'false' },
    ])
  })

  it('has the labels of the service of that name, and of the namespace where attached', () => {
    const known = {
      services: [service({ labels: ['app', 'web'] }), service({ name: 'other' })],
      namespaces: [meta({ namespace: '', name: 'shop', labels: ['team', 'blue'] })],
    }
    expect(short(endpointsGroup(endpoints([]), lookups(known)).labels)).toEqual({
      namespace: 'shop',
      service_name: 'web',
      service_label_app: 'web',
      service_labelpresent_app: 'true',
      endpoints_name: 'web',
      namespace_label_team: 'blue',
      namespace_labelpresent_team: 'true',
    })
  })

  const target = { endpoint_address_target_kind: 'Pod', endpoint_address_target_name: 'web-1' }
  const ready = { endpoint_port_protocol: 'TCP', endpoint_ready: 'true' }
  it('a pod that it names gives its labels, and a target for each other port', () => {
    const group = endpointsGroup(
      endpoints([
        { addresses: [address('127.1.0.1', { target: podRef('web-1') })], ports: [port(80)] },
      ]),
      lookups({ pods: [webPod] }),
    )
    expect(targets(group)).toEqual([
      { __address__: '127.1.0.1:80', ...ready, ...target, ...ofWebPod, ...ofHttp },
      ofMetrics,
    ])
  })

  it('a port that is named for one address of a pod needs no other target', () => {
    const group = endpointsGroup(
      endpoints([
        { addresses: [address('127.1.0.1', { target: podRef('web-1') })], ports: [port(80)] },
        { notReadyAddresses: [address('::1', { target: podRef('web-1') })], ports: [port(81)] },
      ]),
      lookups({ pods: [webPod] }),
    )
    expect(group.targets.map(({ __address__: one }) => one)).toEqual(['127.1.0.1:80', '[::1]:81'])
  })

  it('of two containers with the same port the later one counts, with the protocol of the endpoint', () => {
    const twins = pod({
      name: 'web-1',
      containers: [
        container('a', { ports: [port(80, { name: 'first' })] }),
        container('b', {
          isInit: true,
          ports: [port(80, { name: 'x', protocol: 'SCTP' }), port(80, { name: 'never' })],
        }),
      ],
    })
    const group = endpointsGroup(
      endpoints([
        {
          addresses: [address('127.1.0.1', { target: podRef('web-1') })],
          ports: [port(80, { protocol: 'UDP' })],
        },
      ]),
      lookups({ pods: [twins] }),
    )
    expect(targets(group)).toHaveLength(1)
    expect(targets(group)[0]).toMatchObject({
      pod_container_name: 'b',
      pod_container_init: 'true',
      pod_container_port_name: 'x',
      pod_container_port_protocol: 'UDP',
    })
  })

  const unknown: readonly (readonly [title: string, ref: ReturnType<typeof podRef>])[] = [
    ['a pod that is not known gives nothing', podRef('web-2')],
    ['a pod of the same name in another namespace gives nothing', podRef('web-1', 'other')],
    ['what is no pod gives nothing', { kind: 'Thing', namespace: 'shop', name: 'web-1' }],
  ]
  for (const [title, ref] of unknown) {
    it(title, () => {
      const group = endpointsGroup(
        endpoints([{ addresses: [address('127.1.0.1', { target: ref })], ports: [port(80)] }]),
        lookups({ pods: [webPod] }),
      )
      expect(group.targets).toHaveLength(1)
      expect(
        Object.keys(short(group.targets[0] ?? {})).filter((n) => n.startsWith('pod_')),
      ).toEqual([])
    })
  }

  it('a pod without an address has no targets beside those that name it', () => {
    const group = endpointsGroup(
      endpoints([
        { addresses: [address('127.1.0.1', { target: podRef('web-1') })], ports: [port(80)] },
      ]),
      lookups({ pods: [{ ...webPod, ip: '' }] }),
    )
    expect(group.targets).toHaveLength(1)
  })

  it('has the labels of the node by its name, or else of the node that it is', () => {
    const nodes = [node({ labels: ['zone', 'a'] }), node({ name: 'n2' })]
    const group = endpointsGroup(
      endpoints([
        {
          addresses: [
            address('127.1.0.1', {
              nodeName: 'n1',
              target: { kind: 'Node', namespace: '', name: 'n2' },
            }),
            address('127.1.0.2', { target: { kind: 'Node', namespace: '', name: 'n2' } }),
            address('127.1.0.3', { nodeName: 'n3' }),
          ],
          ports: [port(80)],
        },
      ]),
      lookups({ nodes }),
    )
    expect(
      targets(group).map(({ node_name: name, node_label_zone: zone }) => [name, zone]),
    ).toEqual([
      ['n1', 'a'],
      ['n2', undefined],
      [undefined, undefined],
    ])
  })

  it('warns where the server left some out', () => {
    expect(said('truncated')).toContain('has been truncated')
    expect(said('warning')).toContain('exceeds 1000, please use "role: endpointslice" instead')
    expect(said('fine')).toBeUndefined()
  })
})

describe('role endpointslice', () => {
  const service1 = ['kubernetes.io/service-name', 'web']

  it('has a target for each endpoint, port and address, with what is known of each', () => {
    const group = endpointSliceGroup(
      slice({
        endpoints: [
          sliceEndpoint({
            addresses: ['127.1.0.1', '127.1.0.2'],
            ready: true,
            serving: true,
            terminating: false,
            hostname: 'h',
            nodeName: 'n1',
            zone: 'z',
            topology: ['topology.kubernetes.io/zone', 'z'],
          }),
          sliceEndpoint({ addresses: ['127.1.0.3'], ready: false }),
        ],
        ports: [port(80, { name: 'http', appProtocol: 'h2c' }), port(undefined, { protocol: '' })],
      }),
      lookups(),
    )
    const http = {
      endpointslice_port_name: 'http',
      endpointslice_port_protocol: 'TCP',
      endpointslice_port: '80',
      endpointslice_port_app_protocol: 'h2c',
    }
    const first = {
      endpointslice_endpoint_conditions_ready: 'true',
      endpointslice_endpoint_conditions_serving: 'true',
      endpointslice_endpoint_conditions_terminating: 'false',
      endpointslice_endpoint_hostname: 'h',
      endpointslice_endpoint_node_name: 'n1',
      endpointslice_endpoint_zone: 'z',
      endpointslice_endpoint_topology_topology_kubernetes_io_zone: 'z',
      endpointslice_endpoint_topology_present_topology_kubernetes_io_zone: 'true',
    }
    const second = { endpointslice_endpoint_conditions_ready: 'false' }
    expect(group.source).toBe('endpointslice/shop/web-abc')
    expect(short(group.labels)).toEqual({
      namespace: 'shop',
      endpointslice_name: 'web-abc',
      endpointslice_address_type: 'IPv4',
    })
    expect(targets(group)).toEqual([
      { __address__: '127.1.0.1:80', ...http, ...first },
      { __address__: '127.1.0.2:80', ...http, ...first },
      { __address__: '127.1.0.1', ...first },
      { __address__: '127.1.0.2', ...first },
      { __address__: '127.1.0.3:80', ...http, ...second },
      { __address__: '127.1.0.3', ...second },
    ])
  })

  it('has no targets without ports', () => {
    expect(endpointSliceGroup(slice({ ports: [] }), lookups()).targets).toEqual([])
  })

  it('has the labels of the service that it says it belongs to', () => {
    const services = [service({ labels: ['app', 'web'] })]
    const labelled = slice({ labels: service1 })
    expect(short(endpointSliceGroup(labelled, lookups({ services })).labels)).toMatchObject({
      service_name: 'web',
      service_label_app: 'web',
      endpointslice_label_kubernetes_io_service_name: 'web',
    })
    expect(short(endpointSliceGroup(slice(), lookups({ services })).labels)).not.toHaveProperty(
      'service_name',
    )
  })

  const families: readonly (readonly [
    title: string,
    type: string,
    service: Partial<Service>,
    targets: number,
  ])[] = [
    ['a slice of a service with one family has targets', 'IPv6', {}, 1],
    [
      'the slice of the first family of two has targets',
      'IPv6',
      { ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv6', 'IPv4'] },
      1,
    ],
    [
      'the slice of the second family has none',
      'IPv6',
      { ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv4', 'IPv6'] },
      0,
    ],
    [
      'nor where both families are required',
      'IPv4',
      { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'] },
      0,
    ],
    [
      'a service that does not say its families has targets of all',
      'IPv6',
      { ipFamilyPolicy: 'PreferDualStack', ipFamilies: [] },
      1,
    ],
    [
      'a service of an old server has targets of all',
      'IPv6',
      { ipFamilyPolicy: '', ipFamilies: ['IPv4', 'IPv6'] },
      1,
    ],
  ]
  for (const [title, addressType, more, count] of families) {
    it(title, () => {
      const group = endpointSliceGroup(
        slice({ addressType, labels: service1 }),
        lookups({ services: [service(more)] }),
      )
      expect(group.targets).toHaveLength(count)
      expect(group.labels).toMatchObject({ __meta_kubernetes_service_name: 'web' })
    })
  }

  it('a pod that it names gives its labels, and a target for each other port', () => {
    const group = endpointSliceGroup(
      slice({
        endpoints: [sliceEndpoint({ target: podRef('web-1') })],
        ports: [port(80, { protocol: 'UDP' }), port(undefined)],
      }),
      lookups({ pods: [webPod] }),
    )
    const target = {
      endpointslice_address_target_kind: 'Pod',
      endpointslice_address_target_name: 'web-1',
    }
    expect(targets(group)).toEqual([
      {
        __address__: '127.1.0.1:80',
        endpointslice_port: '80',
        endpointslice_port_protocol: 'UDP',
        ...target,
        ...ofWebPod,
        // The protocol of the container.
        ...ofHttp,
      },
      {
        __address__: '127.1.0.1',
        endpointslice_port_protocol: 'TCP',
        ...target,
        ...ofWebPod,
      },
      ofMetrics,
    ])
  })

  it('has the labels of the node that it is, or else of the node by its name', () => {
    const nodes = [node(), node({ name: 'n2' })]
    const group = endpointSliceGroup(
      slice({
        endpoints: [
          sliceEndpoint({ nodeName: 'n1', target: { kind: 'Node', namespace: '', name: 'n2' } }),
          sliceEndpoint({ nodeName: 'n1' }),
          sliceEndpoint(),
        ],
      }),
      lookups({ nodes }),
    )
    expect(targets(group).map(({ node_name: name }) => name)).toEqual(['n2', 'n1', undefined])
  })
})

describe('role ingress', () => {
  const hosts: readonly (readonly [
    title: string,
    host: string,
    tls: readonly string[],
    scheme: string,
  ])[] = [
    ['a host without a certificate is plain', 'a.example.com', ['b.example.com'], 'http'],
    ['a host with one is not', 'a.example.com', ['b.example.com', 'a.example.com'], 'https'],
    ['a wildcard has any first part', 'a.example.com', ['*.example.com'], 'https'],
    ['and only one', 'a.b.example.com', ['*.example.com'], 'http'],
    ['not none', 'example.com', ['*.example.com'], 'http'],
    ['a wildcard elsewhere is none', 'a.b.com', ['a.*.com'], 'http'],
    ['a rule for all hosts has the certificate of all hosts', '', [''], 'https'],
    ['a host that is a wildcard is one of its own certificate', '*.x.com', ['*.x.com'], 'https'],
  ]
  for (const [title, host, tlsHosts, scheme] of hosts) {
    it(title, () => {
      const group = ingressGroup(ingress({ tlsHosts, rules: [{ host, paths: ['/a'] }] }), lookups())
      expect(group.targets).toEqual([
        {
          __address__: host,
          __meta_kubernetes_ingress_host: host,
          __meta_kubernetes_ingress_scheme: scheme,
          __meta_kubernetes_ingress_path: '/a',
        },
      ])
    })
  }

  it('has a target for each path of each rule; no path is the root', () => {
    const group = ingressGroup(
      ingress({
        className: 'nginx',
        labels: ['a', 'b'],
        rules: [
          { host: 'x', paths: ['', '/b'] },
          { host: 'y', paths: undefined },
          { host: 'z', paths: [] },
        ],
      }),
      lookups({ namespaces: [meta({ namespace: '', name: 'shop', labels: ['t', 'u'] })] }),
    )
    expect(group.source).toBe('ingress/shop/web')
    expect(targets(group).map((one) => [one['ingress_host'], one['ingress_path']])).toEqual([
      ['x', '/'],
      ['x', '/b'],
      ['y', '/'],
    ])
    expect(short(group.labels)).toEqual({
      namespace: 'shop',
      ingress_name: 'web',
      ingress_class_name: 'nginx',
      ingress_label_a: 'b',
      ingress_labelpresent_a: 'true',
      namespace_label_t: 'u',
      namespace_labelpresent_t: 'true',
    })
  })
})
