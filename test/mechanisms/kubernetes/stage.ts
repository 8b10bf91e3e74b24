import {
  FakeApiServer,
  type Fault,
  type KubernetesObject,
} from '../../../bench/kubernetes-server.js'
import type { Labels } from '../../../src/labels/index.js'
import type { Element, FaultCase, Reached, RunCases, Stage } from '../suite/cases.js'

const metadata = (name: string, more: object = {}, namespace = 'shop') => ({
  name,
  ...(namespace !== '' && { namespace }),
  uid: `uid-of-${name}`,
  labels: { app: 'web' },
  annotations: { 'example.com/team': 'blue' },
  ...more,
})

/** What stands above an object. */
const owned = (kind: string, name: string): object => ({
  ownerReferences: [{ apiVersion: 'v1', kind, name, uid: 'u', controller: true }],
})

const objects: Readonly<Record<string, readonly KubernetesObject[]>> = {
  '/api/v1/namespaces': [{ metadata: metadata('shop', {}, '') }],
  '/api/v1/nodes': [
    {
      metadata: metadata('n1', {}, ''),
      spec: { providerID: 'kind://n1' },
      status: {
        addresses: [
          { type: 'InternalIP', address: '127.78.9.1' },
          { type: 'Hostname', address: 'n1.example' },
        ],
        conditions: [{ type: 'Ready', status: 'True' }],
        daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      },
    },
    {
      metadata: metadata('n2', {}, ''),
      spec: { providerID: 'kind://n2' },
      status: { addresses: [{ type: 'InternalIP', address: '127.78.9.2' }] },
    },
  ],
  '/apis/apps/v1/replicasets': [{ metadata: metadata('web-5d', owned('Deployment', 'web')) }],
  '/apis/batch/v1/jobs': [{ metadata: metadata('nightly-1', owned('CronJob', 'nightly')) }],
  '/api/v1/pods': [
    {
      metadata: metadata('web-1', owned('ReplicaSet', 'web-5d')),
      spec: {
        nodeName: 'n1',
        containers: [
          {
            name: 'main',
            image: 'web:1.0',
            ports: [
              { name: 'http', containerPort: 8080, protocol: 'TCP' },
              { name: 'metrics', containerPort: 9090, protocol: 'TCP' },
            ],
          },
        ],
      },
      status: {
        phase: 'Running',
        podIP: '127.78.0.1',
        hostIP: '127.78.9.1',
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [{ name: 'main', containerID: 'containerd://abc' }],
      },
    },
    {
      metadata: metadata('nightly-1-x', owned('Job', 'nightly-1')),
      spec: { nodeName: 'n1', containers: [{ name: 'main', image: 'nightly:1.0' }] },
      status: {
        phase: 'Running',
        podIP: '127.78.0.2',
        hostIP: '127.78.9.1',
        containerStatuses: [{ name: 'main', containerID: 'containerd://def' }],
      },
    },
  ],
  '/api/v1/services': [
    {
      metadata: metadata('web'),
      spec: {
        type: 'LoadBalancer',
        clusterIP: '127.78.8.1',
        ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
      },
      status: { loadBalancer: { ingress: [{ ip: '127.78.7.1' }] } },
    },
    {
      metadata: metadata('db'),
      spec: {
        type: 'ExternalName',
        externalName: 'db.example.com',
        ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
      },
    },
  ],
  '/api/v1/endpoints': [
    {
      metadata: metadata('web'),
      subsets: [
        {
          addresses: [
            {
              ip: '127.78.0.1',
              hostname: 'web-1',
              nodeName: 'n1',
              targetRef: { kind: 'Pod', namespace: 'shop', name: 'web-1' },
            },
          ],
          ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
        },
      ],
    },
    {
      metadata: metadata('db'),
      subsets: [
        {
          notReadyAddresses: [{ ip: '127.78.0.3' }],
          ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
        },
      ],
    },
  ],
  '/apis/discovery.k8s.io/v1/endpointslices': [
    {
      metadata: metadata('web-abc', { labels: { 'kubernetes.io/service-name': 'web' } }),
      addressType: 'IPv4',
      endpoints: [
        {
          addresses: ['127.78.0.1'],
          conditions: { ready: true, serving: true, terminating: false },
          hostname: 'web-1',
          nodeName: 'n1',
          zone: 'a',
          targetRef: { kind: 'Pod', namespace: 'shop', name: 'web-1' },
          deprecatedTopology: { 'topology.kubernetes.io/region': 'eu' },
        },
      ],
      ports: [{ name: 'http', port: 8080, protocol: 'TCP', appProtocol: 'h2c' }],
    },
    {
      metadata: metadata('db-abc'),
      addressType: 'FQDN',
      endpoints: [{ addresses: ['db.example.com'] }],
      ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
    },
  ],
  '/apis/networking.k8s.io/v1/ingresses': [
    {
      metadata: metadata('web'),
      spec: {
        ingressClassName: 'nginx',
        tls: [{ hosts: ['web.example.com'] }],
        rules: [{ host: 'web.example.com', http: { paths: [{ path: '/api' }] } }],
      },
    },
    { metadata: metadata('db'), spec: { rules: [{ host: 'db.example.com' }] } },
  ],
}

const prefix = '__meta_kubernetes_'

/** Labels by their names without the prefix that all have. */
function named(labels: Labels): Labels {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [
      /^(?:__address__|instance)$/.test(name) ? name : prefix + name,
      value,
    ]),
  )
}

const labelled = (kind: string): Labels => ({
  [`${kind}_label_app`]: 'web',
  [`${kind}_labelpresent_app`]: 'true',
  [`${kind}_annotation_example_com_team`]: 'blue',
  [`${kind}_annotationpresent_example_com_team`]: 'true',
})
const meta = (kind: string, name: string): Labels => ({ [`${kind}_name`]: name, ...labelled(kind) })
const inShop = { namespace: 'shop', ...labelled('namespace') }

const webPod = {
  ...meta('pod', 'web-1'),
  pod_ip: '127.78.0.1',
  pod_ready: 'true',
  pod_phase: 'Running',
  pod_node_name: 'n1',
  pod_host_ip: '127.78.9.1',
  pod_uid: 'uid-of-web-1',
  pod_controller_kind: 'ReplicaSet',
  pod_controller_name: 'web-5d',
  pod_deployment_name: 'web',
}
const portOf = (name: string, number: string): Labels => ({
  pod_container_name: 'main',
  pod_container_image: 'web:1.0',
  pod_container_init: 'false',
  pod_container_port_name: name,
  pod_container_port_number: number,
  pod_container_port_protocol: 'TCP',
})
const ofSlice = (name: string, addressType: string): Labels => ({
  ...inShop,
  endpointslice_name: name,
  endpointslice_address_type: addressType,
  endpointslice_annotation_example_com_team: 'blue',
  endpointslice_annotationpresent_example_com_team: 'true',
})
const ofWebSlice = {
  ...ofSlice('web-abc', 'IPv4'),
  endpointslice_label_kubernetes_io_service_name: 'web',
  endpointslice_labelpresent_kubernetes_io_service_name: 'true',
  ...meta('service', 'web'),
}
const ofEndpoints = (name: string): Labels => ({
  ...inShop,
  ...meta('service', name),
  ...meta('endpoints', name),
})
const attach = { namespace: true, node: true, deployment: true, job: true, cronjob: true }

interface RoleStage {
  /** The resource of its own objects, and the name of one that goes. */
  readonly resource: string
  readonly goes: string
  readonly namespace?: string
  readonly config: Element
  readonly targets: readonly Labels[]
}

const roles: Readonly<Record<string, RoleStage>> = {
  node: {
    resource: '/api/v1/nodes',
    goes: 'n2',
    namespace: '',
    config: {},
    targets: [
      {
        __address__: '127.78.9.1:10250',
        instance: 'n1',
        ...meta('node', 'n1'),
        node_provider_id: 'kind://n1',
        node_condition_ready: 'true',
        node_address_InternalIP: '127.78.9.1',
        node_address_Hostname: 'n1.example',
      },
      {
        __address__: '127.78.9.2:0',
        instance: 'n2',
        ...meta('node', 'n2'),
        node_provider_id: 'kind://n2',
        node_address_InternalIP: '127.78.9.2',
      },
    ],
  },
  pod: {
    resource: '/api/v1/pods',
    goes: 'nightly-1-x',
    config: { attach_metadata: attach },
    targets: [
      ...[
        { __address__: '127.78.0.1:8080', ...portOf('http', '8080') },
        { __address__: '127.78.0.1:9090', ...portOf('metrics', '9090') },
      ].map((target) => ({
        ...target,
        ...inShop,
        ...webPod,
        ...meta('node', 'n1'),
        pod_container_id: 'containerd://abc',
      })),
      {
        __address__: '127.78.0.2',
        ...inShop,
        ...meta('pod', 'nightly-1-x'),
        ...meta('node', 'n1'),
        pod_ip: '127.78.0.2',
        pod_ready: 'unknown',
        pod_phase: 'Running',
        pod_node_name: 'n1',
        pod_host_ip: '127.78.9.1',
        pod_uid: 'uid-of-nightly-1-x',
        pod_controller_kind: 'Job',
        pod_controller_name: 'nightly-1',
        pod_job_name: 'nightly-1',
        pod_cronjob_name: 'nightly',
        pod_container_name: 'main',
        pod_container_id: 'containerd://def',
        pod_container_image: 'nightly:1.0',
        pod_container_init: 'false',
      },
    ],
  },
  service: {
    resource: '/api/v1/services',
    goes: 'db',
    config: { attach_metadata: { namespace: true } },
    targets: [
      {
        __address__: 'web.shop.svc:80',
        ...inShop,
        ...meta('service', 'web'),
        service_port_name: 'http',
        service_port_number: '80',
        service_port_protocol: 'TCP',
        service_type: 'LoadBalancer',
        service_cluster_ip: '127.78.8.1',
        service_loadbalancer_ip: '127.78.7.1',
      },
      {
        __address__: 'db.shop.svc:5432',
        ...inShop,
        ...meta('service', 'db'),
        service_port_name: 'sql',
        service_port_number: '5432',
        service_port_protocol: 'TCP',
        service_type: 'ExternalName',
        service_external_name: 'db.example.com',
      },
    ],
  },
  endpoints: {
    resource: '/api/v1/endpoints',
    goes: 'db',
    config: { attach_metadata: attach },
    targets: [
      {
        __address__: '127.78.0.1:8080',
        ...ofEndpoints('web'),
        ...webPod,
        ...portOf('http', '8080'),
        ...meta('node', 'n1'),
        endpoint_port_name: 'http',
        endpoint_port_protocol: 'TCP',
        endpoint_ready: 'true',
        endpoint_hostname: 'web-1',
        endpoint_node_name: 'n1',
        endpoint_address_target_kind: 'Pod',
        endpoint_address_target_name: 'web-1',
      },
      {
        __address__: '127.78.0.1:9090',
        ...ofEndpoints('web'),
        ...webPod,
        ...portOf('metrics', '9090'),
      },
      {
        __address__: '127.78.0.3:5432',
        ...ofEndpoints('db'),
        endpoint_port_name: 'sql',
        endpoint_port_protocol: 'TCP',
        endpoint_ready: 'false',
      },
    ],
  },
  endpointslice: {
    resource: '/apis/discovery.k8s.io/v1/endpointslices',
    goes: 'db-abc',
    config: { attach_metadata: attach },
    targets: [
      {
        __address__: '127.78.0.1:8080',
        ...ofWebSlice,
        ...webPod,
        ...portOf('http', '8080'),
        ...meta('node', 'n1'),
        endpointslice_port: '8080',
        endpointslice_port_name: 'http',
        endpointslice_port_protocol: 'TCP',
        endpointslice_port_app_protocol: 'h2c',
        endpointslice_endpoint_conditions_ready: 'true',
        endpointslice_endpoint_conditions_serving: 'true',
        endpointslice_endpoint_conditions_terminating: 'false',
        endpointslice_endpoint_hostname: 'web-1',
        endpointslice_endpoint_node_name: 'n1',
        endpointslice_endpoint_zone: 'a',
        endpointslice_endpoint_topology_topology_kubernetes_io_region: 'eu',
        endpointslice_endpoint_topology_present_topology_kubernetes_io_region: 'true',
        endpointslice_address_target_kind: 'Pod',
        endpointslice_address_target_name: 'web-1',
      },
      {
        __address__: '127.78.0.1:9090',
        ...ofWebSlice,
        ...webPod,
        ...portOf('metrics', '9090'),
      },
      {
        __address__: 'db.example.com:5432',
        ...ofSlice('db-abc', 'FQDN'),
        endpointslice_label_app: 'web',
        endpointslice_labelpresent_app: 'true',
        endpointslice_port: '5432',
        endpointslice_port_name: 'sql',
        endpointslice_port_protocol: 'TCP',
      },
    ],
  },
  ingress: {
    resource: '/apis/networking.k8s.io/v1/ingresses',
    goes: 'db',
    config: { attach_metadata: { namespace: true } },
    targets: [
      {
        __address__: 'web.example.com',
        ...inShop,
        ...meta('ingress', 'web'),
        ingress_class_name: 'nginx',
        ingress_host: 'web.example.com',
        ingress_path: '/api',
        ingress_scheme: 'https',
      },
      {
        __address__: 'db.example.com',
        ...inShop,
        ...meta('ingress', 'db'),
        ingress_host: 'db.example.com',
        ingress_path: '/',
        ingress_scheme: 'http',
      },
    ],
  },
}

const unreachable = 'cannot be connected to'
const refused = (code: number, reason: string): Fault => ({
  kind: 'status',
  code,
  reason,
  message: `no: ${reason}`,
})
const faults: Readonly<Record<string, Omit<FaultCase, 'title'> & { readonly fault?: Fault }>> = {
  [unreachable]: { says: /ECONNREFUSED|other side closed/ },
  'answers 401': { fault: refused(401, 'Unauthorized'), says: /: no: Unauthorized$/ },
  'answers 403': { fault: refused(403, 'Forbidden'), says: /: no: Forbidden$/ },
  'answers 429': { fault: refused(429, 'TooManyRequests'), says: /: no: TooManyRequests$/ },
  'answers 500': { fault: refused(500, 'InternalError'), says: /: no: InternalError$/ },
  'closes the connection': { fault: { kind: 'cut' }, says: /other side closed|ECONNRESET/ },
}

/** What `cases.ts` has of each role. */
export const runs: readonly RunCases[] = Object.keys(roles).map((role) => ({
  title: `with role ${role}`,
  pace: 'watches',
  open: () => Cluster.open(role),
  faults: Object.entries(faults).map(([title, { says }]) => ({ title, says })),
  changes: [
    {
      title: 'has an object no more',
      targets: (all) => all.filter((labels) => labels[nameOf(role)] !== roles[role]?.goes),
    },
  ],
  pauses: ['before the first answer'],
  lingerMs: 30_000,
  oracle: 'real.test.ts has a real API server, and Prometheus and vmagent on it',
}))

function nameOf(role: string): string {
  return `${prefix}${role}_name`
}

/** The labels whose names end in one that a user chose. */
export const families: Readonly<Record<string, string>> = Object.fromEntries([
  ...[...Object.keys(roles), 'namespace'].flatMap((kind) =>
    Object.entries({
      label: 'label',
      labelpresent: 'label',
      annotation: 'annotation',
      annotationpresent: 'annotation',
    }).map(([part, rest]) => [`${prefix}${kind}_${part}_`, rest]),
  ),
  [`${prefix}node_address_`, 'type'],
  [`${prefix}node_condition_`, 'condition'],
  // The longer one first: the other is a part of it.
  [`${prefix}endpointslice_endpoint_topology_present_`, 'topology'],
  [`${prefix}endpointslice_endpoint_topology_`, 'topology'],
])

/** A cluster that is made up. */
class Cluster implements Stage {
  readonly config: Element
  readonly targets: readonly Labels[]
  readonly secrets = []
  readonly #role: RoleStage
  readonly #port: number
  #server: FakeApiServer
  #fault: string | undefined
  #isClosed = false

  private constructor(server: FakeApiServer, name: string) {
    const role = roles[name]
    if (role === undefined) throw new Error(`no role ${name}`)
    this.#role = role
    this.#server = server
    this.#port = server.port
    this.targets = role.targets.map(named)
    this.config = {
      role: name,
      api_server: server.url,
      authorization: { credentials: 'geheim-token' },
      ...role.config,
    }
    this.#fill()
  }

  static async open(role: string): Promise<Cluster> {
    return new Cluster(await FakeApiServer.listen(), role)
  }

  get connections(): number {
    return this.#server.connections
  }

  async begin(title: string): Promise<void> {
    const { resource, goes, namespace = 'shop' } = this.#role
    if (title === unreachable) {
      this.#isClosed = true
      await this.#server.close()
    } else if (faults[title] === undefined) this.#server.remove(resource, goes, namespace)
    else {
      this.#fault = title
      // They are opened again, and that goes wrong.
      this.#server.endWatches()
    }
  }

  async mend(): Promise<void> {
    this.#fault = undefined
    if (this.#isClosed) this.#server = await FakeApiServer.listen(this.#port)
    this.#isClosed = false
    this.#fill()
  }

  pause(): Promise<Reached> {
    const reached = new Promise<void>((resolve) => {
      const notice = (): boolean => {
        resolve()
        return true
      }
      this.#server.fail(notice, { kind: 'silence' }, Infinity)
    })
    return Promise.resolve({ reached })
  }

  close(): Promise<void> {
    return this.#server.close()
  }

  #fill(): void {
    this.#server.token = 'geheim-token'
    for (const [title, { fault }] of Object.entries(faults)) {
      if (fault !== undefined) this.#server.fail(() => this.#fault === title, fault, Infinity)
    }
    for (const [resource, all] of Object.entries(objects)) {
      for (const object of all) this.#server.put(resource, object)
    }
  }
}
