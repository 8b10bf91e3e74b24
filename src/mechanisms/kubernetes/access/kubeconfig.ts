import { Buffer } from 'node:buffer'
import path from 'node:path'
import { goQuote } from '../../../go/quote.js'
import { configLimit, readRegular } from '../../../go/read-file.js'
import { defaultHttpClientConfig, type HttpClientConfig } from '../../../http/index.js'
import { errorMessage } from '../../../telemetry/error-text.js'
import { anyValue, ConfigError, decodeText, Secret } from '../../../yaml/index.js'
import * as json from '../../kit/shape.js'
import type { Reached } from './reached.js'
import { AccessError } from './access-error.js'
import { type ExecPlugin, execPlugin, type ExecSection, execShape } from './exec-plugin.js'

const clusterShape = json.object({
  server: json.text,
  'tls-server-name': json.text,
  'insecure-skip-tls-verify': json.bool,
  'certificate-authority': json.text,
  'certificate-authority-data': json.text,
  'proxy-url': json.text,
  extensions: json.list(json.object({ name: json.text, extension: json.any })),
})
const userShape = json.object({
  'client-certificate': json.text,
  'client-certificate-data': json.text,
  'client-key': json.text,
  'client-key-data': json.text,
  token: json.text,
  tokenFile: json.text,
  as: json.text,
  'as-uid': json.text,
  'as-groups': json.list(json.text),
  'as-user-extra': json.map(json.list(json.text)),
  username: json.text,
  password: json.text,
  'auth-provider': json.optional(json.object({ name: json.text })),
  exec: json.optional(execShape),
})
const contextShape = json.object({ cluster: json.text, user: json.text })
const kubeconfigShape = json.object({
  'current-context': json.text,
  clusters: json.list(json.object({ name: json.text, cluster: clusterShape })),
  users: json.list(json.object({ name: json.text, user: userShape })),
  contexts: json.list(json.object({ name: json.text, context: contextShape })),
})
type Kubeconfig = json.Read<typeof kubeconfigShape>
type Cluster = json.Read<typeof clusterShape>
type User = json.Read<typeof userShape>

/**
 * Reads how a kubeconfig reaches the cluster of its current context. Paths in it are relative to its folder.
 * @throws {AccessError} naming the file and what is wrong in it
 */
export async function readKubeconfig(file: string): Promise<Reached> {
  const config = await parse(file)
  try {
    const { cluster, user } = current(config)
    const folder = path.dirname(file)
    return await reachedBy(cluster, user, (name) => path.resolve(folder, name))
  } catch (error) {
    throw new AccessError(`${file}: ${errorMessage(error)}`, { cause: error })
  }
}

async function parse(file: string): Promise<Kubeconfig> {
  const text = await content(file, 'unable to read kubeconfig_file')
  try {
    const { value, issues } = decodeText(anyValue, file, text)
    const [issue] = issues
    if (issue !== undefined) throw new ConfigError([issue])
    return json.readShape(kubeconfigShape, value, file)
  } catch (error) {
    // Both name the file.
    throw new AccessError(errorMessage(error), { cause: error })
  }
}

/** The cluster and the user of the current context. */
function current(config: Kubeconfig): { readonly cluster: Cluster; readonly user: User } {
  const name = config['current-context']
  if (name === '') throw new AccessError('current-context is missing: name one of the contexts')
  const { context } = named('context', 'current-context', config.contexts, name)
  const at = `context ${goQuote(name)}`
  const { cluster } = named('cluster', at, config.clusters, context.cluster)
  if (cluster.server === '') {
    throw new AccessError(`cluster ${goQuote(context.cluster)} has no server`)
  }
  // A context without a user is one without credentials.
  if (context.user === '') return { cluster, user: userShape.zero }
  return { cluster, user: named('user', at, config.users, context.user).user }
}

function named<T extends { readonly name: string }>(
  kind: string,
  by: string,
  all: readonly T[],
  name: string,
): T {
  const [found, other] = all.filter((one) => one.name === name)
  if (other !== undefined) throw new AccessError(`there are two of ${kind} ${goQuote(name)}`)
  if (found !== undefined) return found
  const names = all.map((one) => goQuote(one.name)).join(', ')
  throw new AccessError(
    `${by} names the ${kind} ${goQuote(name)}, which does not exist; there is ${names || 'none'}`,
  )
}

async function reachedBy(
  cluster: Cluster,
  user: User,
  resolve: (name: string) => string,
): Promise<Reached> {
  const provider = user['auth-provider']
  if (provider !== undefined) {
    throw new AccessError(
      `the auth-provider ${goQuote(provider.name)} cannot be used, as in Kubernetes since 1.26: use exec or a token`,
    )
  }
  const tls = tlsOf(cluster, user, resolve)
  const http: HttpClientConfig = {
    ...defaultHttpClientConfig(),
    ...(user.exec === undefined ? credentialsOf(user, resolve) : {}),
    tls_config: tls,
    proxy: proxyOf(cluster['proxy-url']),
    http_headers: impersonation(user),
  }
  const reached = { server: cluster.server, ownNamespace: undefined, http }
  if (user.exec === undefined) return reached
  return { ...reached, exec: await execOf(user.exec, cluster, tls.ca_file, resolve) }
}

type Tls = HttpClientConfig['tls_config']

function tlsOf(cluster: Cluster, user: User, resolve: (name: string) => string): Tls {
  const fileOf = (name: string): string => (name === '' ? '' : resolve(name))
  const ca = decoded(cluster, 'certificate-authority-data')
  const cert = decoded(user, 'client-certificate-data')
  const key = decoded(user, 'client-key-data')
  const tls = {
    ...defaultHttpClientConfig().tls_config,
    server_name: cluster['tls-server-name'],
    insecure_skip_verify: cluster['insecure-skip-tls-verify'],
    ca,
    // What is inline wins over a file.
    ca_file: ca === '' ? fileOf(cluster['certificate-authority']) : '',
    cert,
    cert_file: cert === '' ? fileOf(user['client-certificate']) : '',
    key: new Secret(key),
    key_file: key === '' ? fileOf(user['client-key']) : '',
  }
  if (tls.insecure_skip_verify && (tls.ca !== '' || tls.ca_file !== '')) {
    throw new AccessError(
      'specifying a root certificates file with the insecure flag is not allowed: ' +
        'take out insecure-skip-tls-verify or certificate-authority',
    )
  }
  const withCert = tls.cert !== '' || tls.cert_file !== ''
  const withKey = !tls.key.isEmpty || tls.key_file !== ''
  if (withCert !== withKey) {
    throw new AccessError('client-certificate and client-key are needed together')
  }
  return tls
}

/** Text in base64, as Go reads it: strictly, but for line ends. */
function decoded<K extends string>(from: Readonly<Record<K, string>>, key: K): string {
  const text = from[key].replaceAll(/[\r\n]/g, '')
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    throw new AccessError(`${key} is not valid base64`)
  }
  return Buffer.from(text, 'base64').toString('utf8')
}

function credentialsOf(
  { token, tokenFile, username, password }: User,
  resolve: (name: string) => string,
): Partial<HttpClientConfig> {
  if (tokenFile !== '' || token !== '') {
    const credentials_file = tokenFile === '' ? '' : resolve(tokenFile)
    const credentials = new Secret(tokenFile === '' ? token : '')
    const type = 'Bearer'
    return { authorization: { type, credentials, credentials_file, credentials_ref: '' } }
  }
  if (username === '' && password === '') return {}
  const empty = { username_file: '', username_ref: '', password_file: '', password_ref: '' }
  return { basic_auth: { ...empty, username, password: new Secret(password) } }
}

function proxyOf(url: string): HttpClientConfig['proxy'] {
  const plain = defaultHttpClientConfig().proxy
  if (url === '') return { ...plain, proxy_from_environment: true }
  if (!/^(?:https?|socks5):\/\//i.test(url)) {
    throw new AccessError('proxy-url has to begin with http://, https:// or socks5://')
  }
  return { ...plain, proxy_url: url }
}

/** The headers by which a user acts as another (https://kubernetes.io/docs/reference/access-authn-authz/authentication/). */
function impersonation(user: User): HttpClientConfig['http_headers'] {
  const { as, 'as-uid': uid, 'as-groups': groups, 'as-user-extra': extra } = user
  if (as === '') {
    if (uid === '' && groups.length === 0 && extra.size === 0) return {}
    throw new AccessError('as-uid, as-groups and as-user-extra need a user: set as')
  }
  const headers: Record<string, HttpClientConfig['http_headers'][string]> = {}
  const set = (name: string, values: readonly string[]): void => {
    if (values.length > 0) headers[name] = { values, secrets: [], files: [] }
  }
  set('Impersonate-User', [as])
  set('Impersonate-Uid', uid === '' ? [] : [uid])
  set('Impersonate-Group', groups)
  for (const [key, values] of extra) set(`Impersonate-Extra-${escapedHeader(key)}`, values)
  return headers
}

/** A key as a part of a header's name: in lower case, and in percent what is not of a token of RFC 9110. */
function escapedHeader(key: string): string {
  return Array.from(Buffer.from(key.toLowerCase()), (byte) => {
    const character = String.fromCodePoint(byte)
    if (/[!#$&'*+\-.^_`|~0-9a-z]/.test(character)) return character
    return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }).join('')
}

async function execOf(
  exec: ExecSection,
  cluster: Cluster,
  caFile: string,
  resolve: (name: string) => string,
): Promise<ExecPlugin> {
  const inlined = cluster['certificate-authority-data'].replaceAll(/[\r\n]/g, '')
  const caData = async (): Promise<string> =>
    caFile === ''
      ? inlined
      : Buffer.from(await content(caFile, 'unable to read certificate-authority')).toString(
          'base64',
        )
  const about = exec.provideClusterInfo
    ? {
        server: cluster.server,
        'tls-server-name': cluster['tls-server-name'] || undefined,
        'insecure-skip-tls-verify': cluster['insecure-skip-tls-verify'] || undefined,
        'certificate-authority-data': (await caData()) || undefined,
        'proxy-url': cluster['proxy-url'] || undefined,
        config: cluster.extensions.find(({ name }) => name === 'client.authentication.k8s.io/exec')
          ?.extension,
      }
    : undefined
  return execPlugin(exec, about, resolve)
}

async function content(file: string, what: string): Promise<string> {
  try {
    return (await readRegular(file, { limit: configLimit })).toString('utf8')
  } catch (error) {
    throw new AccessError(`${what}: ${errorMessage(error)}`, { cause: error })
  }
}
