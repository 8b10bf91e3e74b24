/** Pods by the hundred thousand, as large as real ones: made of one, by putting numbers in. */
import type { Source } from './kubernetes-server.js'
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

function template(): Buffer {
  const { pod, app, node, space, version, revision } = places
  const name = `app-${app}`
  return encode('Pod', {
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
  })
}

/** The pods of a cluster, of which some may have been changed. */
export class ManyPods implements Source {
  readonly resource = resource
  readonly count: number
  readonly length: number
  readonly #template = template()
  readonly #offsets = Object.entries(places).map(([name, place]) => ({
    name: name as keyof typeof places,
    length: place.length,
    at: offsetsOf(this.#template, place),
  }))
  /** How often each was changed, and by which version last. */
  readonly #changed = new Map<number, { revision: number; version: number }>()

  constructor(count: number) {
    this.count = count
    this.length = count * delimited(2, this.#template).length
  }

  /** Changes a pod: it gets another value of its label `revision`. @returns that value */
  change(index: number, version: number): number {
    const revision = (this.#changed.get(index)?.revision ?? 0) + 1
    this.#changed.set(index, { revision, version })
    return revision
  }

  object(index: number): Buffer {
    const app = Math.floor(index / podsOfApp)
    const { revision, version } = this.#changed.get(index) ?? { revision: 0, version: index }
    const values = {
      pod: index,
      app,
      node: index % nodes,
      space: app % namespaces,
      version: 1_000_000_000 + version,
      revision,
    }
    const bytes = Buffer.from(this.#template)
    for (const { name, length, at } of this.#offsets) {
      const digits = String(values[name]).padStart(length, '0')
      for (const offset of at) bytes.write(digits, offset, 'latin1')
    }
    return bytes
  }
}

function offsetsOf(bytes: Buffer, place: string): readonly number[] {
  const found: number[] = []
  for (let at = bytes.indexOf(place); at >= 0; at = bytes.indexOf(place, at + 1)) found.push(at)
  return found
}
