import type { RealKubernetes } from '../../helpers/real-kubernetes.js'

/** Labels that a server takes, with every character that it allows. */
export const oddLabels = {
  'app.kubernetes.io/name': 'web',
  'a-b_c.d': '',
  UPPER: 'X_y-z.9',
  'example.com/0': '0',
}

/** Annotations, whose values may be anything. */
export const oddAnnotations = {
  'prometheus.io/scrape': 'true',
  'example.com/json': '{"a": ["b\\n", 1]}\n\ttab',
  'example.com/text': 'ünïcödé 🚢 "quoted" \\ back',
  empty: '',
}

const container = (name: string, ...ports: readonly object[]): object => ({
  name,
  image: `registry.example/${name}:1.0@sha256:abc`,
  ...(ports.length > 0 && { ports }),
})

const statusOf = (name: string): object => ({
  name,
  containerID: `containerd://${name}-0123456789abcdef`,
  image: name,
  imageID: '',
  ready: true,
  restartCount: 0,
})

const statusesOf = (all: readonly { readonly name: string }[]): object[] =>
  all.map(({ name: one }) => statusOf(one))

interface PodOptions {
  readonly ip?: string
  readonly node?: string
  readonly ready?: string
  readonly phase?: string
  readonly containers?: readonly { readonly name: string }[]
  readonly initContainers?: readonly { readonly name: string }[]
  readonly metadata?: object
}

/** A pod in the namespace `shop`, or another one. */
export function podObject(name: string, options: PodOptions = {}, namespace = 'shop') {
  const { ip = '127.77.0.1', node = 'n1', ready = 'True', phase = 'Running' } = options
  const containers = options.containers ?? [{ name: 'main' }]
  const initContainers = options.initContainers ?? []
  return {
    metadata: { name, namespace, ...options.metadata },
    spec: {
      ...(node !== '' && { nodeName: node }),
      containers: containers.map((one) => ({ ...container(one.name), ...one })),
      ...(initContainers.length > 0 && {
        initContainers: initContainers.map((one) => ({ ...container(one.name), ...one })),
      }),
    },
    status: {
      phase,
      hostIP: '127.77.9.1',
      ...(ip !== '' && { podIP: ip, podIPs: [{ ip }] }),
      ...(ready !== '' && {
        conditions: [
          { type: 'Initialized', status: 'True' },
          { type: 'Ready', status: ready },
        ],
      }),
      containerStatuses: statusesOf(containers),
      initContainerStatuses: statusesOf(initContainers),
    },
  }
}

const owner = (apiVersion: string, kind: string, name: string): object => ({
  ownerReferences: [
    { apiVersion: 'v1', kind: 'Other', name: 'other', uid: 'other' },
    { apiVersion, kind, name, uid: `uid-of-${name}`, controller: true },
  ],
})

const podTarget = (name: string): object => ({ kind: 'Pod', namespace: 'shop', name })

/** Everything that makes labels, in the namespaces `shop`, `other` and `hidden`. */
export async function fill(kubernetes: RealKubernetes): Promise<void> {
  await kubernetes.create(
    'Namespace',
    { metadata: { name: 'shop', labels: oddLabels, annotations: oddAnnotations } },
    { metadata: { name: 'other' } },
    { metadata: { name: 'hidden' } },
  )
  await addNodes(kubernetes)
  await addOwners(kubernetes)
  await addPods(kubernetes)
  await addServices(kubernetes)
  await addEndpoints(kubernetes)
  await addSlices(kubernetes)
  await addIngresses(kubernetes)
}

async function addNodes(kubernetes: RealKubernetes): Promise<void> {
  const daemonEndpoints = { kubeletEndpoint: { Port: 10250 } }
  await kubernetes.create(
    'Node',
    {
      metadata: { name: 'n1', labels: { ...oddLabels, zone: 'a' }, annotations: oddAnnotations },
      spec: { providerID: 'kind://docker/x/n1' },
      status: {
        daemonEndpoints,
        addresses: [
          { type: 'Hostname', address: 'n1.example' },
          { type: 'ExternalIP', address: '127.77.8.1' },
          { type: 'InternalIP', address: '127.77.9.1' },
          { type: 'InternalIP', address: 'fd00:77::9:1' },
        ],
        conditions: [
          { type: 'Ready', status: 'True' },
          { type: 'MemoryPressure', status: 'False' },
          { type: 'Own-Condition', status: 'Unknown' },
        ],
      },
    },
    {
      metadata: { name: 'n2', labels: { zone: 'b' } },
      status: { daemonEndpoints, addresses: [{ type: 'Hostname', address: 'n2.example' }] },
    },
    {
      metadata: { name: 'n3' },
      status: { addresses: [{ type: 'InternalIP', address: 'fd00:77::9:3' }] },
    },
    { metadata: { name: 'without-address' } },
  )
}

const template = (restartPolicy: string): object => ({
  metadata: { labels: { app: 'x' } },
  spec: { restartPolicy, containers: [{ name: 'main', image: 'x' }] },
})

async function addOwners(kubernetes: RealKubernetes): Promise<void> {
  await kubernetes.create('ReplicaSet', {
    metadata: { name: 'web-rs', namespace: 'shop', ...owner('apps/v1', 'Deployment', 'web') },
    spec: { selector: { matchLabels: { app: 'x' } }, template: template('Always') },
  })
  await kubernetes.create('Job', {
    metadata: {
      name: 'nightly-1',
      namespace: 'shop',
      ...owner('batch/v1beta1', 'CronJob', 'nightly'),
    },
    spec: { template: template('Never') },
  })
}

async function addPods(kubernetes: RealKubernetes): Promise<void> {
  const http = { name: 'http', containerPort: 8080 }
  const metrics = { name: 'metrics', containerPort: 9090 }
  await kubernetes.create(
    'Pod',
    podObject('web-1', {
      ip: '127.77.0.1',
      containers: [
        { name: 'main', ports: [http, metrics] } as { name: string },
        {
          name: 'side',
          ports: [
            { containerPort: 53, protocol: 'UDP' },
            { containerPort: 53, name: 'tcp' },
          ],
        } as { name: string },
        { name: 'quiet' },
      ],
      initContainers: [
        { name: 'setup', ports: [{ containerPort: 7, protocol: 'SCTP' }] } as { name: string },
        { name: 'migrate' },
      ],
      metadata: {
        labels: oddLabels,
        annotations: oddAnnotations,
        ...owner('apps/v1', 'ReplicaSet', 'web-rs'),
      },
    }),
    podObject('web-2', {
      ip: '127.77.0.2',
      node: 'n2',
      ready: 'False',
      containers: [{ name: 'main', ports: [http, metrics] } as { name: string }],
      metadata: { labels: { app: 'web' }, ...owner('apps/v1', 'ReplicaSet', 'web-rs') },
    }),
    podObject('six', {
      ip: 'fd00:77::1',
      ready: '',
      containers: [{ name: 'main', ports: [http] } as { name: string }, { name: 'quiet' }],
    }),
    podObject('pending', { ip: '', node: '', ready: '', phase: 'Pending' }),
    podObject('done', {
      phase: 'Succeeded',
      ready: 'False',
      metadata: owner('batch/v1', 'Job', 'nightly-1'),
    }),
    podObject('with.dots', { metadata: { labels: { app: 'loose' } } }),
    podObject('web-1', { ip: '127.77.1.1' }, 'other'),
    podObject('secret', { ip: '127.77.2.1' }, 'hidden'),
  )
}

async function addServices(kubernetes: RealKubernetes): Promise<void> {
  const named = { name: 'http', port: 80, targetPort: 'http' }
  await kubernetes.create(
    'Service',
    {
      metadata: { name: 'web', namespace: 'shop', labels: oddLabels, annotations: oddAnnotations },
      spec: {
        ports: [named, { name: 'dns', port: 53, protocol: 'UDP' }],
        selector: { app: 'web' },
      },
    },
    {
      metadata: { name: 'headless', namespace: 'shop' },
      spec: { clusterIP: 'None', ports: [{ port: 9090 }] },
    },
    {
      metadata: { name: 'headless-without-ports', namespace: 'shop' },
      spec: { clusterIP: 'None' },
    },
    {
      metadata: { name: 'outside', namespace: 'shop' },
      spec: { type: 'ExternalName', externalName: 'db.example.com', ports: [{ port: 5432 }] },
    },
    {
      metadata: { name: 'outside-without-ports', namespace: 'shop' },
      spec: { type: 'ExternalName', externalName: 'db.example.com' },
    },
    {
      metadata: { name: 'balanced', namespace: 'shop' },
      spec: { type: 'LoadBalancer', loadBalancerIP: '127.77.7.1', ports: [{ port: 443 }] },
    },
    {
      metadata: { name: 'on-nodes', namespace: 'shop' },
      spec: { type: 'NodePort', ports: [{ port: 80 }] },
    },
    {
      metadata: { name: 'two-families', namespace: 'shop' },
      spec: {
        ipFamilyPolicy: 'RequireDualStack',
        ipFamilies: ['IPv6', 'IPv4'],
        ports: [{ port: 80 }],
      },
    },
    { metadata: { name: 'web', namespace: 'other' }, spec: { ports: [{ port: 81 }] } },
    { metadata: { name: 'web', namespace: 'hidden' }, spec: { ports: [{ port: 82 }] } },
  )
}

async function addEndpoints(kubernetes: RealKubernetes): Promise<void> {
  await kubernetes.create(
    'Endpoints',
    {
      metadata: { name: 'web', namespace: 'shop', labels: oddLabels, annotations: oddAnnotations },
      subsets: [
        {
          addresses: [
            { ip: '240.77.0.1', nodeName: 'n1', targetRef: podTarget('web-1'), hostname: 'web-1' },
            { ip: '240.77.0.9' },
          ],
          notReadyAddresses: [{ ip: '240.77.0.2', nodeName: 'n2', targetRef: podTarget('web-2') }],
          ports: [
            { name: 'http', port: 8080 },
            { name: 'dns', port: 53, protocol: 'UDP' },
          ],
        },
        {
          addresses: [
            { ip: 'fd00:77::1', targetRef: podTarget('six') },
            { ip: '240.77.9.1', targetRef: { kind: 'Node', name: 'n1' } },
            { ip: '240.77.9.2', nodeName: 'gone', targetRef: podTarget('gone') },
          ],
          ports: [{ port: 8080 }],
        },
      ],
    },
    {
      metadata: { name: 'without-service', namespace: 'shop' },
      subsets: [{ addresses: [{ ip: '240.77.0.3' }], ports: [{ name: 'x', port: 1 }] }],
    },
    {
      metadata: { name: 'headless', namespace: 'shop' },
      subsets: [{ addresses: [{ ip: '240.77.0.4', targetRef: podTarget('done') }] }],
    },
    { metadata: { name: 'empty', namespace: 'shop' } },
    {
      metadata: { name: 'web', namespace: 'other' },
      subsets: [
        {
          addresses: [
            { ip: '240.77.1.1', targetRef: { ...podTarget('web-1'), namespace: 'other' } },
          ],
          ports: [{ port: 81 }],
        },
      ],
    },
    {
      metadata: { name: 'web', namespace: 'hidden' },
      subsets: [{ addresses: [{ ip: '240.77.2.1' }], ports: [{ port: 82 }] }],
    },
  )
}

/** The label of a slice that belongs to a service. */
const of = (service: string): object => ({ 'kubernetes.io/service-name': service })

async function addSlices(kubernetes: RealKubernetes): Promise<void> {
  await kubernetes.create(
    'EndpointSlice',
    {
      metadata: {
        name: 'web-abc',
        namespace: 'shop',
        labels: { ...oddLabels, ...of('web') },
        annotations: oddAnnotations,
      },
      addressType: 'IPv4',
      endpoints: [
        {
          addresses: ['127.77.0.1', '127.77.0.11'],
          conditions: { ready: true, serving: true, terminating: false },
          hostname: 'web-1',
          nodeName: 'n1',
          zone: 'a',
          targetRef: podTarget('web-1'),
          deprecatedTopology: { 'topology.kubernetes.io/zone': 'a', 'x/y': '' },
        },
        {
          addresses: ['127.77.0.2'],
          conditions: { ready: false },
          nodeName: 'n2',
          targetRef: podTarget('web-2'),
        },
        { addresses: ['127.77.0.3'], targetRef: { kind: 'Node', name: 'n2' }, nodeName: 'n1' },
        { addresses: ['127.77.0.4'], nodeName: 'gone' },
      ],
      ports: [
        { name: 'http', port: 8080, protocol: 'TCP', appProtocol: 'example.com/h2c' },
        { name: '', port: 53, protocol: 'UDP' },
      ],
    },
    {
      metadata: { name: 'all-ports', namespace: 'shop', labels: of('headless') },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['127.77.0.5'], targetRef: podTarget('web-1') }],
      ports: [{ protocol: 'TCP' }],
    },
    {
      metadata: { name: 'without-ports', namespace: 'shop', labels: of('headless') },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['127.77.0.6'], targetRef: podTarget('web-1') }],
      ports: [],
    },
    {
      metadata: { name: 'six', namespace: 'shop', labels: of('not-there') },
      addressType: 'IPv6',
      endpoints: [{ addresses: ['fd00:77::1'], targetRef: podTarget('six') }],
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    },
    {
      metadata: { name: 'named', namespace: 'shop' },
      addressType: 'FQDN',
      endpoints: [{ addresses: ['db.example.com'] }],
      ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
    },
    {
      metadata: { name: 'empty', namespace: 'shop', labels: of('web') },
      addressType: 'IPv4',
      endpoints: [],
      ports: [{ port: 1 }],
    },
    {
      metadata: { name: 'web-abc', namespace: 'other', labels: of('web') },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['127.77.1.1'] }],
      ports: [{ port: 81 }],
    },
  )
}

async function addIngresses(kubernetes: RealKubernetes): Promise<void> {
  const backend = { service: { name: 'web', port: { number: 80 } } }
  const paths = (...all: readonly string[]): object => ({
    http: {
      paths: all.map((one) => ({
        path: one,
        pathType: one === '' ? 'ImplementationSpecific' : 'Prefix',
        backend,
      })),
    },
  })
  await kubernetes.create(
    'Ingress',
    {
      metadata: { name: 'web', namespace: 'shop', labels: oddLabels, annotations: oddAnnotations },
      spec: {
        ingressClassName: 'nginx',
        tls: [
          { hosts: ['safe.example.com', '*.wild.example.com'], secretName: 'x' },
          { hosts: ['*.one.example.com'] },
          {},
        ],
        rules: [
          { host: 'safe.example.com', ...paths('/', '/api/v1') },
          { host: 'plain.example.com', ...paths('') },
          { host: 'a.wild.example.com', ...paths('/') },
          { host: 'a.b.wild.example.com', ...paths('/') },
          { host: '*.wild.example.com', ...paths('/w') },
          { host: 'wild.example.com' },
          { ...paths('/for-all-hosts') },
        ],
      },
    },
    { metadata: { name: 'default-only', namespace: 'shop' }, spec: { defaultBackend: backend } },
    {
      metadata: { name: 'web', namespace: 'other' },
      spec: { tls: [{ hosts: ['x.example.com'] }], rules: [{ host: 'x.example.com' }] },
    },
  )
}

/** Lets a user list and watch these resources (`pods`, `apps/replicasets`) in a namespace, or in all. */
export async function allow(
  kubernetes: RealKubernetes,
  user: string,
  resources: readonly string[],
  namespace?: string,
): Promise<void> {
  const name = `${user}-reads-${resources.join('-').replaceAll(/[^a-z]/g, '-')}`
  const kind = namespace === undefined ? 'ClusterRole' : 'Role'
  const metadata = { name, ...(namespace !== undefined && { namespace }) }
  const rules = resources.map((resource) => {
    const [group, plural] = resource.includes('/') ? resource.split('/') : ['', resource]
    return { apiGroups: [group], resources: [plural], verbs: ['list', 'watch'] }
  })
  await kubernetes.create(kind, { metadata, rules })
  await kubernetes.create(`${kind}Binding`, {
    metadata,
    subjects: [{ kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }],
    roleRef: { kind, name, apiGroup: 'rbac.authorization.k8s.io' },
  })
}
