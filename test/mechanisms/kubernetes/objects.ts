import type {
  Container,
  EndpointAddress,
  Endpoints,
  EndpointSlice,
  Ingress,
  Meta,
  Node,
  Owner,
  Pod,
  Port,
  Service,
  SliceEndpoint,
} from '../../../src/mechanisms/kubernetes/objects.js'

/** Metadata as it is most of the time; the name is `web` in the namespace `shop`. */
export function meta(more: Partial<Meta> = {}): Meta {
  return {
    namespace: 'shop',
    name: 'web',
    uid: 'uid-1',
    resourceVersion: '1',
    labels: [],
    annotations: [],
    owners: [],
    ...more,
  }
}

export function port(number: number | undefined, more: Partial<Port> = {}): Port {
  return { name: '', number, protocol: 'TCP', ...more }
}

export function container(name: string, more: Partial<Container> = {}): Container {
  return { name, image: `${name}:1`, id: `containerd://${name}`, isInit: false, ports: [], ...more }
}

export function pod(more: Partial<Pod> = {}): Pod {
  return {
    ...meta(),
    ip: '127.1.0.1',
    hostIp: '127.9.0.1',
    nodeName: 'n1',
    phase: 'Running',
    ready: 'True',
    containers: [container('main')],
    ...more,
  }
}

export function node(more: Partial<Node> = {}): Node {
  return {
    ...meta({ namespace: '', name: 'n1' }),
    providerId: '',
    addresses: [{ type: 'InternalIP', address: '127.9.0.1' }],
    conditions: [],
    kubeletPort: 10250,
    ...more,
  }
}

export function service(more: Partial<Service> = {}): Service {
  return {
    ...meta(),
    type: 'ClusterIP',
    clusterIp: '127.8.0.1',
    externalName: '',
    loadBalancerIp: '',
    ingressIps: [],
    ports: [port(80)],
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
    ...more,
  }
}

export function address(ip: string, more: Partial<EndpointAddress> = {}): EndpointAddress {
  return { ip, hostname: '', nodeName: undefined, target: undefined, ...more }
}

export function endpoints(
  subsets: readonly Partial<Endpoints['subsets'][number]>[],
  more: Partial<Endpoints> = {},
): Endpoints {
  return {
    ...meta(),
    subsets: subsets.map((one) => ({ addresses: [], notReadyAddresses: [], ports: [], ...one })),
    ...more,
  }
}

export function sliceEndpoint(more: Partial<SliceEndpoint> = {}): SliceEndpoint {
  return {
    addresses: ['127.1.0.1'],
    ready: undefined,
    serving: undefined,
    terminating: undefined,
    hostname: undefined,
    nodeName: undefined,
    zone: undefined,
    target: undefined,
    topology: [],
    ...more,
  }
}

export function slice(more: Partial<EndpointSlice> = {}): EndpointSlice {
  return {
    ...meta({ name: 'web-abc' }),
    addressType: 'IPv4',
    endpoints: [sliceEndpoint()],
    ports: [port(80)],
    ...more,
  }
}

export function ingress(more: Partial<Ingress> = {}): Ingress {
  return { ...meta(), className: undefined, tlsHosts: [], rules: [], ...more }
}

/** A reference to a pod. */
export function podRef(name: string, namespace = 'shop'): EndpointAddress['target'] {
  return { kind: 'Pod', namespace, name }
}

/** The owner that manages an object. */
export function controller(kind: string, name: string): Owner {
  return { kind, name, isController: true }
}
