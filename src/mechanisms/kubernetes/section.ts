import {
  defaultHttpClientConfig,
  type HttpClientConfig,
  httpClientConfig,
  url,
} from '../../http/index.js'
import {
  bool,
  type Decoding,
  field,
  filePath,
  inline,
  list,
  sameConfig,
  struct,
  type StructType,
  text,
} from '../../yaml/index.js'
import { always, roleOf } from '../kit/section.js'
import { checkSelectors, type Selector } from './selectors.js'

const roles = ['node', 'pod', 'service', 'endpoints', 'endpointslice', 'ingress'] as const
const role = roleOf('kubernetes.plain', roles, 'unknown Kubernetes SD role')

const plainHttp = defaultHttpClientConfig()

/** The kinds of targets, as `role` names them. */
export type RoleName = (typeof roles)[number]

/** One element of `kubernetes_sd_configs`. */
export interface KubernetesConfig {
  /** Empty for the cluster that muster itself runs in, or that of the kubeconfig file. */
  readonly api_server: string
  /** Never empty: that is refused. */
  readonly role: RoleName | ''
  readonly kubeconfig_file: string
  readonly http: HttpClientConfig
  readonly namespaces: { readonly own_namespace: boolean; readonly names: readonly string[] }
  readonly selectors: readonly Selector[]
  readonly attach_metadata: {
    readonly node: boolean
    readonly namespace: boolean
    readonly deployment: boolean
    readonly job: boolean
    readonly cronjob: boolean
  }
}

/** A cluster is reached by a kubeconfig file, by an address, or from inside; not by two of these. */
function faultOfAccess(
  value: KubernetesConfig,
): readonly [key: string, message: string] | undefined {
  const { api_server: server, kubeconfig_file: kubeconfig } = value
  const ownNamespace = value.namespaces.own_namespace
  const ownHttp = !sameConfig(value.http, plainHttp)
  if (kubeconfig !== '' && server !== '') {
    return ['kubeconfig_file', "cannot use 'kubeconfig_file' and 'api_server' simultaneously"]
  }
  if (kubeconfig !== '' && ownHttp) {
    return [
      'kubeconfig_file',
      "cannot use a custom HTTP client configuration together with 'kubeconfig_file'",
    ]
  }
  if (server === '' && ownHttp) {
    return [
      'api_server',
      "to use custom HTTP client configuration please provide the 'api_server' URL explicitly",
    ]
  }
  if (!ownNamespace || (server === '' && kubeconfig === '')) return undefined
  const other = server === '' ? 'kubeconfig_file' : 'api_server'
  return [other, `cannot use '${other}' and 'namespaces.own_namespace' simultaneously`]
}

function check(value: KubernetesConfig, at: Decoding): void {
  if (value.role === '') {
    at.failKey(
      'role',
      'role missing (one of: pod, service, endpoints, endpointslice, node, ingress)',
    )
  }
  const fault = faultOfAccess(value)
  if (fault !== undefined) at.failKey(...fault)
  checkSelectors(value.role, value.selectors, at)
}

/** How one element of `kubernetes_sd_configs` is read. */
export const section: StructType<KubernetesConfig> = struct(
  'kubernetes.plain',
  {
    api_server: field(url),
    role: field(role, '', always),
    kubeconfig_file: field(filePath, '', always),
    http: inline(httpClientConfig),
    namespaces: field(
      struct('kubernetes.plain', {
        own_namespace: field(bool, false, always),
        names: field(list(text), [], always),
      }),
    ),
    selectors: field(
      list(
        struct('kubernetes.SelectorConfig', {
          role: field(role),
          label: field(text),
          field: field(text),
        }),
      ),
    ),
    attach_metadata: field(
      struct('kubernetes.AttachMetadataConfig', {
        node: field(bool, false, always),
        namespace: field(bool, false, always),
        deployment: field(bool, false, always),
        job: field(bool, false, always),
        cronjob: field(bool, false, always),
      }),
    ),
  },
  check,
)
