import type { Kind } from '../../../../src/mechanisms/kubernetes/objects.js'

/** The message of each kind. */
export function messageOf(kind: Kind): string {
  return {
    pod: 'Pod',
    node: 'Node',
    service: 'Service',
    endpoints: 'Endpoints',
    endpointslice: 'EndpointSlice',
    ingress: 'Ingress',
    namespace: 'Namespace',
    replicaset: 'ReplicaSet',
    job: 'Job',
  }[kind]
}

type Make = (random: () => number) => unknown

const oneOf =
  (...values: readonly unknown[]): Make =>
  (random) =>
    values[Math.floor(random() * values.length)]
const texts = [
  '',
  'a',
  'web',
  'TCP',
  'Ready',
  'True',
  'ünï',
  '🙂x',
  'x'.repeat(300),
  'a/b',
  '10',
  '9',
]
const text = oneOf(...texts)
const int = oneOf(0, 1, 80, 127, 128, 8080, 65_535, 2 ** 31 - 1)
const bool = oneOf(true, false)
const many =
  (make: Make): Make =>
  (random) =>
    Array.from({ length: Math.floor(random() * 4) }, () => make(random))
const map: Make = (random) =>
  Object.fromEntries(
    Array.from({ length: Math.floor(random() * 5) }, () => [text(random), text(random)]),
  )
/** An object of which any member may be missing. */
const object =
  (members: Readonly<Record<string, Make>>): Make =>
  (random) =>
    Object.fromEntries(
      Object.entries(members)
        .filter(() => random() > 0.2)
        .map(([name, make]) => [name, make(random)]),
    )

const meta = object({
  name: text,
  namespace: text,
  uid: text,
  resourceVersion: text,
  generation: int,
  labels: map,
  annotations: map,
  ownerReferences: many(object({ kind: text, name: text, uid: text, controller: bool })),
  managedFields: many(object({ manager: text, operation: text })),
})
const reference = object({ kind: text, namespace: text, name: text, uid: text })
const address = object({ ip: text, hostname: text, nodeName: text, targetRef: reference })
const port = object({ name: text, port: int, protocol: text, appProtocol: text })
const container = object({
  name: oneOf('app', 'side', ''),
  image: text,
  args: many(text),
  env: many(object({ name: text, value: text })),
  ports: many(object({ name: text, containerPort: int, protocol: text, hostPort: int })),
})
const containerStatus = object({
  name: oneOf('app', 'side', ''),
  ready: bool,
  restartCount: oneOf(-1, 0, 5),
  image: text,
  containerID: text,
})
const condition = object({ type: oneOf('Ready', 'Other'), status: text, message: text })

const messages: Readonly<Record<string, Make>> = {
  Pod: object({
    metadata: meta,
    spec: object({
      nodeName: text,
      volumes: many(object({ name: text })),
      containers: many(container),
      initContainers: many(container),
    }),
    status: object({
      phase: text,
      podIP: text,
      hostIP: text,
      conditions: many(condition),
      containerStatuses: many(containerStatus),
      initContainerStatuses: many(containerStatus),
    }),
  }),
  Node: object({
    metadata: meta,
    spec: object({ providerID: text, podCIDR: text, unschedulable: bool }),
    status: object({
      conditions: many(condition),
      addresses: many(object({ type: text, address: text })),
      daemonEndpoints: object({ kubeletEndpoint: object({ Port: int }) }),
    }),
  }),
  Service: object({
    metadata: meta,
    spec: object({
      type: text,
      clusterIP: text,
      externalName: text,
      loadBalancerIP: text,
      selector: map,
      ports: many(port),
      ipFamilies: many(text),
      ipFamilyPolicy: text,
    }),
    status: object({
      loadBalancer: object({ ingress: many(object({ ip: text, hostname: text })) }),
    }),
  }),
  Endpoints: object({
    metadata: meta,
    subsets: many(
      object({ addresses: many(address), notReadyAddresses: many(address), ports: many(port) }),
    ),
  }),
  Ingress: object({
    metadata: meta,
    spec: object({
      ingressClassName: text,
      tls: many(object({ hosts: many(text), secretName: text })),
      rules: many(object({ host: text, http: object({ paths: many(object({ path: text })) }) })),
    }),
  }),
  Namespace: object({ metadata: meta }),
  ReplicaSet: object({ metadata: meta }),
  Job: object({ metadata: meta }),
}

function slice(isBeta: boolean): Make {
  const own = isBeta ? { topology: map } : { deprecatedTopology: map, zone: text }
  return object({
    metadata: meta,
    addressType: text,
    endpoints: many(
      object({
        addresses: many(text),
        conditions: object({ ready: bool, serving: bool, terminating: bool }),
        hostname: text,
        nodeName: text,
        targetRef: reference,
        ...own,
      }),
    ),
    ports: many(port),
  })
}

/** An object as it is in JSON, with values of all sorts; the same for the same seed. */
export function generated(message: string, seed: number, isBeta: boolean): unknown {
  let state = seed
  const random = (): number => {
    // Mulberry32.
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const make = message === 'EndpointSlice' ? slice(isBeta) : messages[message]
  return make?.(random)
}
