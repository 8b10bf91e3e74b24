import { basicValue } from '../basic.js'
import type { Environment } from '../environment.js'
import { bypassesProxy } from './no-proxy.js'
import type { ProxyConfig } from '../section/proxy.js'

/** A proxy, ready to be used. */
export interface Proxy {
  /** Scheme, host and port: `http://proxy:3128`. */
  readonly origin: string
  readonly kind: 'http' | 'socks5'
  readonly username: string
  readonly password: string
  /** The value of Proxy-Authorization; undefined where the URL has no user. */
  readonly authorization: string | undefined
}

/** The proxy for a URL; undefined to go straight there. */
export type ProxyRoute = (url: URL) => Proxy | undefined

function parseProxy(written: string): Proxy {
  const url = new URL(/^[a-z0-9+.-]+:\/\//i.test(written) ? written : `http://${written}`)
  const username = decodeURIComponent(url.username)
  const password = decodeURIComponent(url.password)
  const socks = /^socks5h?:$/.test(url.protocol)
  if (!socks && url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new Error(`proxy scheme ${url.protocol.replace(':', '')} is not supported`)
  }
  return {
    // Through http:, because URL has no origin for schemes it does not know.
    origin: socks ? `socks5://${url.host}` : url.origin,
    kind: socks ? 'socks5' : 'http',
    username,
    password,
    authorization: username === '' && password === '' ? undefined : basicValue(username, password),
  }
}

/** The first of the names that the environment has, upper case before lower case as in Go. */
function fromEnvironment(environment: Environment, name: string): string {
  return environment[name] ?? environment[name.toLowerCase()] ?? ''
}

/**
 * Decides which proxy each URL goes through.
 * @throws {Error} for a proxy of a scheme other than http, https and socks5
 */
export function proxyRoute(config: ProxyConfig, environment: Environment): ProxyRoute {
  if (config.proxy_from_environment) {
    const forHttp = fromEnvironment(environment, 'HTTP_PROXY')
    const forHttps = fromEnvironment(environment, 'HTTPS_PROXY')
    const http = forHttp === '' ? undefined : parseProxy(forHttp)
    const https = forHttps === '' ? undefined : parseProxy(forHttps)
    const bypass = bypassesProxy(fromEnvironment(environment, 'NO_PROXY'))
    return (url) => {
      const proxy = url.protocol === 'https:' ? https : http
      return proxy === undefined || bypass(url) ? undefined : proxy
    }
  }
  if (config.proxy_url === '') return () => undefined
  const proxy = parseProxy(config.proxy_url)
  // As in Go, loopback addresses are spared only where there is a list of exceptions at all.
  if (config.no_proxy === '') return () => proxy
  const bypass = bypassesProxy(config.no_proxy)
  return (url) => (bypass(url) ? undefined : proxy)
}
