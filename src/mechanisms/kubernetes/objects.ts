/**
 * What muster keeps of the objects of a cluster: what some label is made of, and nothing else. Decoders
 * make them, stores hold them, roles read them. They are never changed.
 */

/** Names and values in turn, `['app', 'web', 'tier', 'front']`, in the server's order: a map for each object would take twice the memory. */
export type Pairs = readonly string[]

/** An entry of `ownerReferences`. */
export interface Owner {
  readonly kind: string
  readonly name: string
  readonly isController: boolean
}

/** What every object has. Text that is missing is empty. */
export interface Meta {
  /** Empty for what belongs to the whole cluster. */
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  readonly labels: Pairs
  readonly annotations: Pairs
  readonly owners: readonly Owner[]
}

/** A port of a container, a service, endpoints or a slice. */
export interface Port {
  readonly name: string
  /** Undefined where a slice has none: all ports. */
  readonly number: number | undefined
  readonly protocol: string
  /** Of a slice. */
  readonly appProtocol?: string
}

export interface Container {
  readonly name: string
  readonly image: string
  /** From the status, `containerd://…`; empty before it has started. */
  readonly id: string
  readonly isInit: boolean
  readonly ports: readonly Port[]
}

export interface Pod extends Meta {
  readonly ip: string
  readonly hostIp: string
  readonly nodeName: string
  readonly phase: string
  /** The status of the condition `Ready` as the server says it (`True`); empty without one. */
  readonly ready: string
  /** Containers first, then init containers. */
  readonly containers: readonly Container[]
}

export interface Node extends Meta {
  readonly providerId: string
  readonly addresses: readonly { readonly type: string; readonly address: string }[]
  readonly conditions: readonly { readonly type: string; readonly status: string }[]
  readonly kubeletPort: number
}

export interface Service extends Meta {
  readonly type: string
  readonly clusterIp: string
  readonly externalName: string
  readonly loadBalancerIp: string
  /** The IPs of `status.loadBalancer.ingress`. */
  readonly ingressIps: readonly string[]
  readonly ports: readonly Port[]
  readonly ipFamilies: readonly string[]
  /** Empty where the server says none. */
  readonly ipFamilyPolicy: string
}

/** What an address of endpoints or of a slice belongs to. */
export interface ObjectReference {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

export interface EndpointAddress {
  readonly ip: string
  readonly hostname: string
  readonly nodeName: string | undefined
  readonly target: ObjectReference | undefined
}

export interface Endpoints extends Meta {
  readonly subsets: readonly {
    readonly addresses: readonly EndpointAddress[]
    readonly notReadyAddresses: readonly EndpointAddress[]
    readonly ports: readonly Port[]
  }[]
}

export interface SliceEndpoint {
  readonly addresses: readonly string[]
  readonly ready: boolean | undefined
  readonly serving: boolean | undefined
  readonly terminating: boolean | undefined
  readonly hostname: string | undefined
  readonly nodeName: string | undefined
  readonly zone: string | undefined
  readonly target: ObjectReference | undefined
  /** `topology` of v1beta1, `deprecatedTopology` of v1. */
  readonly topology: Pairs
}

export interface EndpointSlice extends Meta {
  readonly addressType: string
  readonly endpoints: readonly SliceEndpoint[]
  readonly ports: readonly Port[]
}

export interface Ingress extends Meta {
  /** `ingressClassName`; undefined where it is not set. */
  readonly className: string | undefined
  readonly tlsHosts: readonly string[]
  readonly rules: readonly {
    readonly host: string
    /** Undefined where the rule has no `http`. */
    readonly paths: readonly string[] | undefined
  }[]
}

/** What is kept of each kind. Of namespaces, replica sets and jobs that is the metadata alone. */
export interface ObjectOf {
  readonly pod: Pod
  readonly node: Node
  readonly service: Service
  readonly endpoints: Endpoints
  readonly endpointslice: EndpointSlice
  readonly ingress: Ingress
  readonly namespace: Meta
  readonly replicaset: Meta
  readonly job: Meta
}

export type Kind = keyof ObjectOf
