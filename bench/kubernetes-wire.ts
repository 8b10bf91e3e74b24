/**
 * Writes objects of Kubernetes as its API server does, in protobuf: from the same object that it has in JSON.
 * Field numbers are those of k8s.io/api and k8s.io/apimachinery.
 */

/** `7` a text, `7i` a whole number, `7b` a truth value, `7m` a map of texts, `7:Pod` a message; `*` many of them. */
type Fields = Readonly<Record<string, string>>

const meta = { metadata: '1:ObjectMeta' }
const target = {
  kind: '1',
  namespace: '2',
  name: '3',
  uid: '4',
  apiVersion: '5',
  resourceVersion: '6',
}
const container = {
  name: '1',
  image: '2',
  command: '3*',
  args: '4*',
  workingDir: '5',
  ports: '6*:ContainerPort',
  env: '7*:EnvVar',
  volumeMounts: '9*:VolumeMount',
  terminationMessagePath: '13',
  imagePullPolicy: '14',
  terminationMessagePolicy: '20',
}
const containerStatus = {
  name: '1',
  ready: '4b',
  restartCount: '5i',
  image: '6',
  imageID: '7',
  containerID: '8',
  started: '9b',
}
const condition = { type: '1', status: '2', reason: '5', message: '6' }

const messages: Readonly<Record<string, Fields>> = {
  ObjectMeta: {
    name: '1',
    generateName: '2',
    namespace: '3',
    selfLink: '4',
    uid: '5',
    resourceVersion: '6',
    generation: '7i',
    labels: '11m',
    annotations: '12m',
    ownerReferences: '13*:OwnerReference',
    finalizers: '14*',
    managedFields: '17*:ManagedFieldsEntry',
  },
  OwnerReference: {
    kind: '1',
    name: '3',
    uid: '4',
    apiVersion: '5',
    controller: '6b',
    blockOwnerDeletion: '7b',
  },
  ManagedFieldsEntry: {
    manager: '1',
    operation: '2',
    apiVersion: '3',
    fieldsType: '6',
    fieldsV1: '7:FieldsV1',
  },
  FieldsV1: { Raw: '1' },
  ListMeta: { selfLink: '1', resourceVersion: '2', continue: '3', remainingItemCount: '4i' },
  Status: { status: '2', message: '3', reason: '4', details: '5:StatusDetails', code: '6i' },
  StatusDetails: { name: '1', group: '2', kind: '3', retryAfterSeconds: '5i' },
  Pod: { ...meta, spec: '2:PodSpec', status: '3:PodStatus' },
  PodSpec: {
    volumes: '1*:Volume',
    containers: '2*:Container',
    restartPolicy: '3',
    terminationGracePeriodSeconds: '4i',
    dnsPolicy: '6',
    serviceAccountName: '8',
    serviceAccount: '9',
    nodeName: '10',
    hostNetwork: '11b',
    schedulerName: '19',
    initContainers: '20*:Container',
    enableServiceLinks: '30b',
  },
  Volume: { name: '1' },
  Container: container,
  ContainerPort: { name: '1', hostPort: '2i', containerPort: '3i', protocol: '4', hostIP: '5' },
  EnvVar: { name: '1', value: '2' },
  VolumeMount: { name: '1', readOnly: '2b', mountPath: '3', subPath: '4' },
  PodStatus: {
    phase: '1',
    conditions: '2*:Condition',
    message: '3',
    reason: '4',
    hostIP: '5',
    podIP: '6',
    containerStatuses: '8*:ContainerStatus',
    qosClass: '9',
    initContainerStatuses: '10*:ContainerStatus',
    podIPs: '12*:PodIP',
  },
  Condition: condition,
  ContainerStatus: containerStatus,
  PodIP: { ip: '1' },
  Node: { ...meta, spec: '2:NodeSpec', status: '3:NodeStatus' },
  NodeSpec: { podCIDR: '1', providerID: '3', unschedulable: '4b' },
  NodeStatus: {
    conditions: '4*:NodeCondition',
    addresses: '5*:NodeAddress',
    daemonEndpoints: '6:NodeDaemonEndpoints',
  },
  NodeCondition: condition,
  NodeAddress: { type: '1', address: '2' },
  NodeDaemonEndpoints: { kubeletEndpoint: '1:DaemonEndpoint' },
  DaemonEndpoint: { Port: '1i' },
  Service: { ...meta, spec: '2:ServiceSpec', status: '3:ServiceStatus' },
  ServiceSpec: {
    ports: '1*:ServicePort',
    selector: '2m',
    clusterIP: '3',
    type: '4',
    externalIPs: '5*',
    sessionAffinity: '7',
    loadBalancerIP: '8',
    externalName: '10',
    ipFamilyPolicy: '17',
    clusterIPs: '18*',
    ipFamilies: '19*',
  },
  ServicePort: { name: '1', protocol: '2', port: '3i', nodePort: '5i', appProtocol: '6' },
  ServiceStatus: { loadBalancer: '1:LoadBalancerStatus' },
  LoadBalancerStatus: { ingress: '1*:LoadBalancerIngress' },
  LoadBalancerIngress: { ip: '1', hostname: '2' },
  Endpoints: { ...meta, subsets: '2*:EndpointSubset' },
  EndpointSubset: {
    addresses: '1*:EndpointAddress',
    notReadyAddresses: '2*:EndpointAddress',
    ports: '3*:EndpointPort',
  },
  EndpointAddress: { ip: '1', targetRef: '2:ObjectReference', hostname: '3', nodeName: '4' },
  EndpointPort: { name: '1', port: '2i', protocol: '3', appProtocol: '4' },
  ObjectReference: target,
  EndpointSlice: {
    ...meta,
    endpoints: '2*:Endpoint',
    ports: '3*:SlicePort',
    addressType: '4',
  },
  Endpoint: {
    addresses: '1*',
    conditions: '2:EndpointConditions',
    hostname: '3',
    targetRef: '4:ObjectReference',
    deprecatedTopology: '5m',
    topology: '5m',
    nodeName: '6',
    zone: '7',
    hints: '8:EndpointHints',
  },
  EndpointHints: { forZones: '1*:ForZone' },
  ForZone: { name: '1' },
  EndpointConditions: { ready: '1b', serving: '2b', terminating: '3b' },
  SlicePort: { name: '1', protocol: '2', port: '3i', appProtocol: '4' },
  Ingress: { ...meta, spec: '2:IngressSpec' },
  IngressSpec: { tls: '2*:IngressTLS', rules: '3*:IngressRule', ingressClassName: '4' },
  IngressTLS: { hosts: '1*', secretName: '2' },
  IngressRule: { host: '1', http: '2:IngressRuleValue' },
  // In Go's structs, and so in JSON, the message between a rule and its paths is not there.
  IngressRuleValue: { '': '1:HTTPIngressRuleValue' },
  HTTPIngressRuleValue: { paths: '1*:HTTPIngressPath' },
  HTTPIngressPath: { path: '1', pathType: '3' },
  Namespace: meta,
  ReplicaSet: meta,
  Job: meta,
}

function varint(value: number): readonly number[] {
  if (value < 0) {
    // As Go writes a negative number: in 64 bits.
    let left = BigInt.asUintN(64, BigInt(value))
    const bytes: number[] = []
    for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128)
    return [...bytes, Number(left)]
  }
  const bytes: number[] = []
  let left = value
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) | 128)
  return [...bytes, left]
}

/** A field that has a length: bytes or a text. */
export function delimited(field: number, value: Buffer | string): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  return Buffer.concat([Buffer.from([...varint(field * 8 + 2), ...varint(bytes.length)]), bytes])
}

/** A message, from what it is in JSON. What the message has no field for is left out. */
export function encode(message: string, value: unknown): Buffer {
  const fields = messages[message]
  if (fields === undefined) throw new Error(`no message ${message}`)
  const members = value as Readonly<Record<string, unknown>>
  const pieces: Buffer[] = []
  for (const [name, spec] of Object.entries(fields)) {
    const member = name === '' ? value : members[name]
    if (member === undefined || member === null) continue
    const [, number = '', many, kind = ''] = /^(\d+)(\*?)(.*)$/.exec(spec) ?? []
    const all = many === '*' ? (member as readonly unknown[]) : [member]
    for (const one of all) pieces.push(...field(Number(number), kind, one))
  }
  return Buffer.concat(pieces)
}

function field(number: number, kind: string, value: unknown): readonly Buffer[] {
  if (kind === 'i' || kind === 'b') {
    return [Buffer.from([...varint(number * 8), ...varint(Number(value))])]
  }
  if (kind === 'm') {
    return Object.entries(value as Readonly<Record<string, string>>)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, text]) => {
        return delimited(number, Buffer.concat([delimited(1, name), delimited(2, text)]))
      })
  }
  if (kind !== '') return [delimited(number, encode(kind.slice(1), value))]
  return [delimited(number, String(value))]
}

/** An object in the envelope that stands around all of them. */
export function envelope(apiVersion: string, kind: string, raw: Buffer): Buffer {
  const type = Buffer.concat([delimited(1, apiVersion), delimited(2, kind)])
  const rest = [delimited(1, type), delimited(2, raw), delimited(3, ''), delimited(4, '')]
  return Buffer.concat([Buffer.from('k8s\0', 'latin1'), ...rest])
}

/** What stands before and behind the items of a list. @param itemsLength bytes of all items, with their tags and lengths */
export function aroundItems(
  apiVersion: string,
  kind: string,
  head: object,
  itemsLength: number,
): readonly [Buffer, Buffer] {
  const listMeta = delimited(1, encode('ListMeta', head))
  const type = Buffer.concat([delimited(1, apiVersion), delimited(2, kind)])
  const begin = Buffer.from([2 * 8 + 2, ...varint(listMeta.length + itemsLength)])
  return [
    Buffer.concat([Buffer.from('k8s\0', 'latin1'), delimited(1, type), begin, listMeta]),
    Buffer.concat([delimited(3, ''), delimited(4, '')]),
  ]
}

/** An event of a watch with the length before it. */
export function frame(type: string, object: Buffer): Buffer {
  const event = Buffer.concat([delimited(1, type), delimited(2, delimited(1, object))])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(event.length)
  return Buffer.concat([length, event])
}
