/** Pods by the hundred thousand, as large as real ones: made of one, by putting numbers in. */
import type { FakeApiServer, Source } from './kubernetes-server.js'
import { delimited, encode } from './kubernetes-wire.js'

const resource = '/api/v1/pods'
const nodes = 100
const podsOfApp = 10
const namespaces = 10

/** Places of numbers in the template, all of the same length wherever they stand. */
const places = {
  pod: '@@@@@@',
  app: '######',
  node: '%%%',
  space: '??',
  version: '<<<<<<<<<<',
  revision: '>>>>>>>>>',
} as const

function template(): object {
  const { pod, app, node, space, version, revision } = places
  const name = `app-${app}`
  return {
    metadata: {
      name: `${name}-7d9c6b8f5-${pod}`,
      namespace: `ns-${space}`,
      uid: `11111111-2222-4333-8444-000000${pod}`,
      resourceVersion: version,
      labels: {
        app: name,
        'app.kubernetes.io/name': name,
        'app.kubernetes.io/version': '1.2.3',
        'pod-template-hash': '7d9c6b8f5',
        revision,
        tier: 'backend',
      },
      annotations: {
        'checksum/config': 'a'.repeat(64),
        'prometheus.io/port': '8080',
        'prometheus.io/scrape': 'true',
      },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: `${name}-7d9c6b8f5`,
          uid: '11111111-1111-1111-1111-111111111111',
          controller: true,
        },
      ],
      managedFields: [
        {
          manager: 'kubelet',
          operation: 'Update',
          apiVersion: 'v1',
          fieldsType: 'FieldsV1',
          fieldsV1: { Raw: '{"f:metadata":{}}'.padEnd(3000, ' ') },
        },
      ],
    },
    spec: {
      nodeName: `node-${node}`,
      volumes: [{ name: 'cfg' }, { name: 'tmp' }],
      containers: [
        {
          name: 'app',
          image: `registry.example/${name}:1.2.3`,
          command: ['/bin/app'],
          args: ['--config=/etc/app/config.yml', '--log.level=info'],
          env: Array.from({ length: 12 }, (_, i) => ({
            name: `ENV_${String(i)}`,
            value: `value-of-variable-${String(i)}`.padEnd(60, 'x'),
          })),
          ports: [
            { name: 'http', containerPort: 8080, protocol: 'TCP' },
            { name: 'metrics', containerPort: 9090, protocol: 'TCP' },
          ],
          volumeMounts: [{ name: 'cfg', mountPath: '/etc/app' }],
        },
        {
          name: 'sidecar',
          image: 'registry.example/proxy:2.0',
          ports: [{ name: 'admin', containerPort: 15000, protocol: 'TCP' }],
        },
      ],
    },
    status: {
      phase: 'Running',
      podIP: `127.${pod}`,
      hostIP: `127.9.9.${node}`,
      conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
        type,
        status: 'True',
      })),
      containerStatuses: ['app', 'sidecar'].map((one) => ({
        name: one,
        ready: true,
        restartCount: 0,
        image: 'x',
        imageID: `registry.example/x@sha256:${'b'.repeat(64)}`,
        containerID: `containerd://${'c'.repeat(58)}${pod}${one}`,
        started: true,
      })),
    },
  }
}

/** Bytes of an object, and where the numbers of {@link places} are in them. */
class Form {
  readonly length: number
  readonly #bytes: Buffer
  readonly #offsets: readonly {
    readonly name: keyof typeof places
    readonly length: number
    readonly at: readonly number[]
  }[]

  constructor(bytes: Buffer) {
    this.length = bytes.length
    this.#bytes = bytes
    this.#offsets = Object.entries(places).map(([name, place]) => ({
      name: name as keyof typeof places,
      length: place.length,
      at: offsetsOf(bytes, place),
    }))
  }

  with(values: Readonly<Record<keyof typeof places, number>>): Buffer {
    const bytes = Buffer.from(this.#bytes)
    for (const { name, length, at } of this.#offsets) {
      const text = digits(values[name], length)
      for (const offset of at) bytes.write(text, offset, 'latin1')
    }
    return bytes
  }
}

/** The pods of a cluster, of which some may have been changed. */
export class ManyPods implements Source {
  readonly resource = resource
  readonly count: number
  readonly length: number
  readonly #protobuf = new Form(encode('Pod', template()))
  readonly #json = new Form(Buffer.from(JSON.stringify(template())))
  /** How often each was changed, and by which version last. */
  readonly #changed = new Map<number, { revision: number; version: number }>()

  constructor(count: number) {
    this.count = count
    this.length = count * delimited(2, Buffer.alloc(this.#protobuf.length)).length
  }

  /** Changes a pod: it gets another value of its label `revision`. @returns that value */
  change(index: number, version: number): number {
    const revision = (this.#changed.get(index)?.revision ?? 0) + 1
    this.#changed.set(index, { revision, version })
    return revision
  }

  object(index: number, isProtobuf: boolean): Buffer {
    const app = Math.floor(index / podsOfApp)
    const { revision, version } = this.#changed.get(index) ?? { revision: 0, version: index }
    return (isProtobuf ? this.#protobuf : this.#json).with({
      pod: index,
      app,
      node: index % nodes,
      space: app % namespaces,
      version: 1_000_000_000 + version,
      revision,
    })
  }
}

/**
 * A service for every app of {@link ManyPods}, with its endpoints and its slice, and the nodes.
 * @param count of the pods
 */
export function addServices(fake: FakeApiServer, count: number): void {
  for (let i = 0; i < nodes; i += 1) {
    const address = `127.9.9.${String(i)}`
    fake.put('/api/v1/nodes', {
      metadata: { name: `node-${digits(i, places.node.length)}` },
      status: { addresses: [{ type: 'InternalIP', address }] },
    })
  }
  const ports = [
    { name: 'http', port: 8080, protocol: 'TCP' },
    { name: 'metrics', port: 9090, protocol: 'TCP' },
  ]
  for (let first = 0; first < count; first += podsOfApp) {
    const app = Math.floor(first / podsOfApp)
    const name = `app-${digits(app, places.app.length)}`
    const namespace = `ns-${digits(app % namespaces, places.space.length)}`
    const pods = Array.from({ length: Math.min(podsOfApp, count - first) }, (_, i) => {
      const pod = digits(first + i, places.pod.length)
      const targetRef = { kind: 'Pod', namespace, name: `${name}-7d9c6b8f5-${pod}` }
      return { ip: `127.${pod}`, targetRef, nodeName: `node-${digits((first + i) % nodes, 3)}` }
    })
    const labels = { app: name }
    fake.put('/api/v1/services', {
      metadata: { name, namespace, labels },
      spec: { type: 'ClusterIP', clusterIP: '127.8.0.1', ports },
    })
    fake.put('/api/v1/endpoints', {
      metadata: { name, namespace, labels },
      subsets: [{ addresses: pods, ports }],
    })
    fake.put('/apis/discovery.k8s.io/v1/endpointslices', {
      metadata: {
        name: `${name}-x`,
        namespace,
        labels: { ...labels, 'kubernetes.io/service-name': name },
      },
      addressType: 'IPv4',
      endpoints: pods.map(({ ip, targetRef, nodeName }) => ({
        addresses: [ip],
        conditions: { ready: true },
        targetRef,
        nodeName,
      })),
      ports,
    })
  }
}

function digits(value: number, length: number): string {
  return String(value).padStart(length, '0')
}

function offsetsOf(bytes: Buffer, place: string): readonly number[] {
  const found: number[] = []
  for (let at = bytes.indexOf(place); at >= 0; at = bytes.indexOf(place, at + 1)) found.push(at)
  return found
}
