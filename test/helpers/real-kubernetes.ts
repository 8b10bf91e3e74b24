import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import https from 'node:https'
import type { IncomingMessage } from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { freePorts } from './free-port.js'
import { requirePeer } from './peers.js'
import { RealProcess } from './real-process.js'

/** An object as Kubernetes' API has it in JSON. */
export interface KubernetesObject {
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly [key: string]: unknown
  }
  readonly status?: unknown
  readonly [key: string]: unknown
}

/** Where the objects of each kind are, and what their version is called. */
const places = {
  Namespace: ['v1', 'namespaces'],
  Node: ['v1', 'nodes'],
  Pod: ['v1', 'pods'],
  Service: ['v1', 'services'],
  Endpoints: ['v1', 'endpoints'],
  EndpointSlice: ['discovery.k8s.io/v1', 'endpointslices'],
  Ingress: ['networking.k8s.io/v1', 'ingresses'],
  ReplicaSet: ['apps/v1', 'replicasets'],
  Job: ['batch/v1', 'jobs'],
  Role: ['rbac.authorization.k8s.io/v1', 'roles'],
  RoleBinding: ['rbac.authorization.k8s.io/v1', 'rolebindings'],
  ClusterRole: ['rbac.authorization.k8s.io/v1', 'clusterroles'],
  ClusterRoleBinding: ['rbac.authorization.k8s.io/v1', 'clusterrolebindings'],
} as const

export type KubernetesKind = keyof typeof places

/** Kinds whose status is written by itself. */
const withStatus: ReadonlySet<KubernetesKind> = new Set(['Pod', 'Service', 'Node'])

/** This release has v1beta1 alone of them: v1 is a resource of our own, whose objects are not checked. */
const endpointSlices = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: 'endpointslices.discovery.k8s.io',
    annotations: { 'api-approved.kubernetes.io': 'unapproved, for tests' },
  },
  spec: {
    group: 'discovery.k8s.io',
    scope: 'Namespaced',
    names: {
      plural: 'endpointslices',
      singular: 'endpointslice',
      kind: 'EndpointSlice',
      listKind: 'EndpointSliceList',
    },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    ],
  },
}

/** The users that it knows: each has its name and `-token` as its token. `admin` may do everything. */
const users = ['admin', 'reader', ...Array.from({ length: 20 }, (_, at) => `user${String(at)}`)]

export interface RealKubernetesOptions {
  /** More flags of the API server. */
  readonly args?: readonly string[]
}

/** A real Kubernetes API server with its etcd, on loopback. Nothing runs the pods in it. */
export class RealKubernetes {
  readonly url: string
  /** `127.0.0.1:<port>` */
  readonly port: number
  readonly #folder: string
  readonly #args: readonly string[]
  readonly #etcdPorts: readonly number[]
  #etcd: RealProcess | undefined
  #server: RealProcess | undefined

  private constructor(folder: string, ports: readonly number[], args: readonly string[]) {
    const [port = 0, ...etcdPorts] = ports
    this.port = port
    this.url = `https://127.0.0.1:${String(port)}`
    this.#folder = folder
    this.#etcdPorts = etcdPorts
    this.#args = args
  }

  /** Starts both, and waits until it answers: some five seconds. */
  static async start({ args = [] }: RealKubernetesOptions = {}): Promise<RealKubernetes> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'muster-kubernetes-'))
    const kubernetes = new RealKubernetes(folder, await freePorts(3), args)
    try {
      await kubernetes.#prepare()
      await kubernetes.#startEtcd()
      await kubernetes.restart()
      await kubernetes.#addSlices()
    } catch (error) {
      await kubernetes.stop()
      throw error
    }
    return kubernetes
  }

  /** The certificate that it signed itself. */
  get caFile(): string {
    return path.join(this.#folder, 'certs', 'apiserver.crt')
  }

  /** The keys of a config that lead to it. */
  access(user = 'admin'): Readonly<Record<string, unknown>> {
    return {
      api_server: this.url,
      authorization: { credentials: `${user}-token` },
      tls_config: { ca_file: this.caFile },
    }
  }

  /** Starts the API server again after {@link kill}, on the same etcd. */
  async restart(): Promise<void> {
    const [client] = this.#etcdPorts
    const at = (name: string): string => path.join(this.#folder, name)
    const server = new RealProcess(
      'kubernetes',
      [
        `--etcd-servers=http://127.0.0.1:${String(client)}`,
        '--bind-address=127.0.0.1',
        '--advertise-address=127.0.0.1',
        `--secure-port=${String(this.port)}`,
        `--cert-dir=${at('certs')}`,
        `--token-auth-file=${at('tokens.csv')}`,
        '--authorization-mode=RBAC',
        `--service-account-key-file=${at('sa.pub')}`,
        `--service-account-signing-key-file=${at('sa.key')}`,
        '--service-account-issuer=https://kubernetes.default.svc',
        // Two families of addresses, for services that have both.
        '--service-cluster-ip-range=10.96.0.0/16,fd00:10:96::/112',
        '--feature-gates=IPv6DualStack=true',
        // Pods need no service account, and nodes are as they were made.
        '--disable-admission-plugins=ServiceAccount,TaintNodesByCondition,PodSecurityPolicy',
        '--runtime-config=discovery.k8s.io/v1beta1=false',
        '--max-requests-inflight=4000',
        '--max-mutating-requests-inflight=2000',
        ...this.#args,
      ],
      { command: path.join(requirePeer('kubernetes'), 'usr/bin/kube-apiserver') },
    )
    this.#server = server
    await server.ready(async () => (await this.#send('GET', '/readyz')).status === 200, 120_000)
  }

  /** Ends the API server as a crash does; what it knew is in etcd. */
  async kill(): Promise<void> {
    await this.#server?.kill()
  }

  /** Keeps a copy of all that it knows now, for {@link restore}. Both are stopped for that moment. */
  async save(): Promise<void> {
    await this.#server?.kill()
    await this.#etcd?.kill()
    const folder = path.join(this.#folder, 'etcd')
    await rm(`${folder}.saved`, { recursive: true, force: true })
    await cp(folder, `${folder}.saved`, { recursive: true })
    await this.#startEtcd()
    await this.restart()
  }

  /** Starts both again after {@link kill}, with what was known at the last {@link save}. */
  async restore(): Promise<void> {
    await this.#etcd?.kill()
    const folder = path.join(this.#folder, 'etcd')
    await rm(folder, { recursive: true, force: true })
    await cp(`${folder}.saved`, folder, { recursive: true })
    await this.#startEtcd()
    await this.restart()
  }

  /** Its database forgets all versions but the newest; the API server has to start again to forget them too. */
  async compact(): Promise<void> {
    const { metadata } = (await this.request('GET', '/api/v1/namespaces')) as {
      readonly metadata: { readonly resourceVersion: string }
    }
    const [client] = this.#etcdPorts
    const { ok, status } = await fetch(`http://127.0.0.1:${String(client)}/v3/kv/compaction`, {
      method: 'POST',
      body: JSON.stringify({ revision: metadata.resourceVersion, physical: true }),
    })
    if (!ok) throw new Error(`etcd does not compact: ${String(status)}`)
  }

  /** Gives it another certificate, which has to be signed by itself; it counts after a restart. */
  async certify({ pem, keyPem }: { readonly pem: string; readonly keyPem: string }): Promise<void> {
    await writeFile(this.caFile, pem)
    await writeFile(this.caFile.replace(/crt$/, 'key'), keyPem)
  }

  /** It hangs: connections stay, and nothing is answered. */
  pause(): void {
    this.#server?.signal('SIGSTOP')
  }

  resume(): void {
    this.#server?.signal('SIGCONT')
  }

  async stop(): Promise<void> {
    await this.#server?.kill()
    await this.#etcd?.kill()
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 10 })
  }

  /** Makes objects; their status too, where that is written by itself. */
  async create(kind: KubernetesKind, ...objects: readonly KubernetesObject[]): Promise<void> {
    const [apiVersion] = places[kind]
    for (const object of objects) {
      await this.request('POST', folderOf(kind, object.metadata.namespace), {
        apiVersion,
        kind,
        ...object,
      })
      const { status, metadata } = object
      if (status === undefined || !withStatus.has(kind)) continue
      await this.#patch(`${pathOf(kind, metadata.name, metadata.namespace)}/status`, { status })
    }
  }

  /** Changes what an object has; a key with null is taken away. @param where `namespace/name`, or `name` */
  async patch(kind: KubernetesKind, where: string, change: object): Promise<void> {
    await this.#patch(pathOf(kind, ...split(where)), change)
  }

  /** Changes the status of an object. */
  async patchStatus(kind: KubernetesKind, where: string, status: object): Promise<void> {
    await this.#patch(`${pathOf(kind, ...split(where))}/status`, { status })
  }

  /** Deletes an object at once. */
  async remove(kind: KubernetesKind, where: string): Promise<void> {
    const at = pathOf(kind, ...split(where))
    await this.request('DELETE', `${at}?gracePeriodSeconds=0&propagationPolicy=Background`)
  }

  /**
   * Sends a request as `admin`.
   * @throws where it is refused, with what the server says
   */
  async request(method: string, at: string, body?: object, type?: string): Promise<unknown> {
    const { status, said } = await this.#send(method, at, body, type)
    if (status < 300) return JSON.parse(said)
    throw new Error(`${method} ${at}: ${String(status)} ${said}`)
  }

  /** How many watches there are of a resource (`pods`), also those of the API server itself. */
  async watches(resource: string): Promise<number> {
    const { said } = await this.#send('GET', '/metrics')
    return said
      .split('\n')
      .filter((line) => /^apiserver_longrunning_(?:requests|gauge)\{.*verb="WATCH"/.test(line))
      .filter((line) => line.includes(`resource="${resource}"`))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
  }

  async #patch(at: string, change: object): Promise<void> {
    await this.request('PATCH', at, change, 'application/merge-patch+json')
  }

  async #send(
    method: string,
    at: string,
    body?: object,
    type = 'application/json',
  ): Promise<{ readonly status: number; readonly said: string }> {
    const request = https.request(`${this.url}${at}`, {
      method,
      ca: readFileSync(this.caFile),
      headers: {
        authorization: 'Bearer admin-token',
        ...(body === undefined ? {} : { 'content-type': type }),
      },
    })
    request.end(body === undefined ? undefined : JSON.stringify(body))
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    return { status: response.statusCode ?? 0, said: await text(response) }
  }

  async #prepare(): Promise<void> {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const write = (name: string, content: string | Buffer): Promise<void> =>
      writeFile(path.join(this.#folder, name), content)
    await write('sa.key', privateKey.export({ type: 'pkcs1', format: 'pem' }))
    await write('sa.pub', publicKey.export({ type: 'spki', format: 'pem' }))
    const tokens = users.map((name) => {
      const groups = name === 'admin' ? ',"system:masters"' : ''
      return `${name}-token,${name},uid-of-${name}${groups}\n`
    })
    await write('tokens.csv', tokens.join(''))
  }

  async #startEtcd(): Promise<void> {
    const [client, peer] = this.#etcdPorts.map((port) => `http://127.0.0.1:${String(port)}`)
    const etcd = new RealProcess(
      'kubernetes',
      [
        `--data-dir=${path.join(this.#folder, 'etcd')}`,
        `--listen-client-urls=${client}`,
        `--advertise-client-urls=${client}`,
        `--listen-peer-urls=${peer}`,
        `--initial-advertise-peer-urls=${peer}`,
        `--initial-cluster=default=${peer}`,
        '--unsafe-no-fsync',
        '--log-level=warn',
      ],
      { command: path.join(requirePeer('kubernetes'), 'usr/bin/etcd') },
    )
    this.#etcd = etcd
    await etcd.ready(async () => (await fetch(`${client}/health`)).ok)
  }

  async #addSlices(): Promise<void> {
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
    await this.request('POST', definitions, endpointSlices)
    await this.#server?.ready(async () => {
      const { status } = await this.#send('GET', folderOf('EndpointSlice', 'default'))
      return status === 200
    })
  }
}

/** The path of all objects of a kind, or of those of a namespace. */
function folderOf(kind: KubernetesKind, namespace: string | undefined): string {
  const [version, plural] = places[kind]
  const root = version === 'v1' ? '/api/v1' : `/apis/${version}`
  return namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${namespace}/${plural}`
}

function pathOf(kind: KubernetesKind, name: string, namespace?: string): string {
  return `${folderOf(kind, namespace)}/${name}`
}

function split(where: string): [name: string, namespace?: string] {
  const at = where.indexOf('/')
  return at < 0 ? [where] : [where.slice(at + 1), where.slice(0, at)]
}
