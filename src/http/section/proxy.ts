import {
  bool,
  type Decoding,
  field,
  list,
  map,
  type Secret,
  secret,
  struct,
  type StructType,
  text,
} from '../../yaml/index.js'
import { url } from './url.js'

/** Which proxy a client uses, if any. */
export interface ProxyConfig {
  /** Empty for none; may hold a password. */
  readonly proxy_url: string
  /** Hosts, domains, addresses and networks to reach without the proxy, with commas between them. */
  readonly no_proxy: string
  /** Take HTTP_PROXY, HTTPS_PROXY and NO_PROXY from the environment. */
  readonly proxy_from_environment: boolean
  /** Headers of the CONNECT request. */
  readonly proxy_connect_header: Readonly<Record<string, readonly Secret[]>>
}

/** Checks what a section inlines of {@link ProxyConfig}; says at most one thing. */
export function checkProxy(value: ProxyConfig, at: Decoding): void {
  const withHeader = Object.keys(value.proxy_connect_header).length > 0
  const { proxy_url, no_proxy, proxy_from_environment } = value
  if (withHeader && !proxy_from_environment && proxy_url === '') {
    at.failKey(
      'proxy_connect_header',
      'if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured',
    )
  } else if (proxy_from_environment && proxy_url !== '') {
    at.failKey(
      'proxy_url',
      'if proxy_from_environment is configured, proxy_url must not be configured',
    )
  } else if (proxy_from_environment && no_proxy !== '') {
    at.failKey(
      'no_proxy',
      'if proxy_from_environment is configured, no_proxy must not be configured',
    )
  } else if (no_proxy !== '' && proxy_url === '') {
    at.failKey('no_proxy', 'if no_proxy is configured, proxy_url must also be configured')
  }
}

/** The proxy keys, inlined in HTTP client sections and in `oauth2`; their owner checks them. */
export const proxyConfig: StructType<ProxyConfig> = struct('config.ProxyConfig', {
  proxy_url: field(url),
  no_proxy: field(text),
  proxy_from_environment: field(bool),
  proxy_connect_header: field(map(list(secret))),
})
