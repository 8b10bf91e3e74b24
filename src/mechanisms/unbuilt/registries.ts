import { httpClientConfig, parseGoUrl, tlsConfig } from '../../http/index.js'
import { bool, duration, field, inline, int, list, secret, struct, text } from '../../yaml/index.js'
import type { Mechanism } from '../../discovery/mechanism.js'
import { address, always, minute, polled, requireKeys, seconds, urlFault, word } from './fields.js'
import { unbuilt } from './unbuilt.js'

const eureka = struct(
  'eureka.plain',
  {
    server: address,
    http: inline(httpClientConfig),
    refresh_interval: field(duration, 30 * seconds, always),
  },
  (value, at) => {
    if (value.server === '') {
      at.failKey('server', 'eureka_sd: empty or null eureka server')
      return
    }
    const fault = urlFault(value.server)
    if (fault !== undefined) at.failKey('server', fault)
    else if (parseGoUrl(value.server).scheme === '' || parseGoUrl(value.server).host === '') {
      at.failKey('server', 'eureka_sd: invalid eureka server URL')
    }
  },
)

const nomad = struct(
  'nomad.plain',
  {
    allow_stale: field(bool, true, always),
    http: inline(httpClientConfig),
    namespace: field(text, 'default', always),
    refresh_interval: field(duration, minute, always),
    region: field(text, 'global', always),
    server: field(address.type, 'http://localhost:4646', always),
    tag_separator: field(text, ','),
  },
  (value, at) => {
    if (value.server.trim() === '') {
      at.failKey('server', 'nomad SD configuration requires a server address')
    }
  },
)

const puppetdb = struct(
  'puppetdb.plain',
  {
    http: inline(httpClientConfig),
    ...polled,
    url: address,
    query: word,
    include_parameters: field(bool, false, always),
  },
  (value, at) => {
    const fault = faultOfHttpUrl(value.url)
    if (fault !== undefined) at.failKey('url', fault)
    requireKeys(value, at, { query: 'query missing' })
  },
)

function faultOfHttpUrl(url: string): string | undefined {
  if (url === '') return 'URL is missing'
  const fault = urlFault(url)
  if (fault !== undefined) return fault
  const { scheme, host } = parseGoUrl(url)
  if (scheme !== 'http' && scheme !== 'https') return "URL scheme must be 'http' or 'https'"
  return host === '' ? 'host is missing in URL' : undefined
}

const requires = (what: string): string => `triton SD configuration requires ${what}`

const triton = struct(
  'triton.plain',
  {
    account: word,
    role: field(text, 'container', always),
    dns_suffix: word,
    endpoint: word,
    groups: field(list(text)),
    port: field(int, 9163, always),
    refresh_interval: field(duration, minute),
    tls_config: field(tlsConfig),
    version: field(int, 1, always),
  },
  (value, at) => {
    if (value.role !== 'container' && value.role !== 'cn') {
      at.failKey('role', requires("role to be 'container' or 'cn'"))
    }
    requireKeys(value, at, {
      account: requires('an account'),
      dns_suffix: requires('a dns_suffix'),
      endpoint: requires('an endpoint'),
    })
    if (value.refresh_interval <= 0) {
      at.failKey('refresh_interval', requires('RefreshInterval to be a positive integer'))
    }
  },
)

const uyuni = struct(
  'uyuni.plain',
  {
    server: address,
    username: word,
    password: field(secret, undefined, always),
    http: inline(httpClientConfig),
    entitlement: field(text, 'monitoring_entitled'),
    separator: field(text, ','),
    refresh_interval: field(duration, minute),
  },
  (value, at) => {
    requireKeys(value, at, {
      server: 'Uyuni SD configuration requires server host',
      username: 'Uyuni SD configuration requires a username',
      password: 'Uyuni SD configuration requires a password',
    })
    const fault = urlFault(value.server)
    if (fault !== undefined) at.failKey('server', `Uyuni Server URL is not valid: ${fault}`)
  },
)

/** Inventories and registries that are polled over HTTP. */
export const registryMechanisms: readonly Mechanism[] = [
  unbuilt('eureka', eureka),
  unbuilt('nomad', nomad),
  unbuilt('puppetdb', puppetdb),
  unbuilt('triton', triton),
  unbuilt('uyuni', uyuni),
]
