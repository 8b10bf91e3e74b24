import { joinUrlPath } from '../../go/url.js'
import {
  type HttpClientConfig,
  httpClientConfig,
  type HttpResponse,
  statusLine,
} from '../../http/index.js'
import { bool, field, inline, struct, type StructType, text } from '../../yaml/index.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { polled } from '../kit/polled.js'
import { always, faultOfHttpUrl, maskedUrl, pollKeys, requireKeys } from '../kit/section.js'

/** One element of `puppetdb_sd_configs`. */
export interface PuppetdbConfig {
  readonly http: HttpClientConfig
  /** Milliseconds. */
  readonly refresh_interval: number
  readonly port: number
  readonly url: string
  /** In PQL or in the AST language. */
  readonly query: string
  /** Parameters may be secrets: they become labels when this says so. */
  readonly include_parameters: boolean
}

const section: StructType<PuppetdbConfig> = struct(
  'puppetdb.plain',
  {
    http: inline(httpClientConfig),
    ...pollKeys,
    url: field(maskedUrl, '', always),
    query: field(text, '', always),
    include_parameters: field(bool, false, always),
  },
  (value, at) => {
    const fault = faultOfHttpUrl(value.url)
    if (fault !== undefined) at.failKey('url', fault)
    requireKeys(value, at, { query: 'query missing' })
  },
)

/** `puppetdb_sd_configs`: resources that a query of PuppetDB finds. */
export const puppetdb: MechanismFactory = polled<PuppetdbConfig>({
  name: 'puppetdb',
  section,
  baseUrl: queryUrl,
  refusal: () => refusal,
  load: () => import('./search.js'),
})

/** Where PuppetDB takes queries. */
export function queryUrl({ url }: Pick<PuppetdbConfig, 'url'>): string {
  return joinUrlPath(url, 'pdb/query/v4')
}

/** Of what it says only the beginning is shown; bytes. */
const mostSaid = 2000

/** PuppetDB says in plain text what is wrong with a query, or who may not ask. */
function refusal(response: HttpResponse): string {
  const isText = /^text\/plain\b/i.test(response.header('content-type') ?? '')
  const said = isText ? response.body.toString('utf8', 0, mostSaid).trim() : ''
  const status = `server returned HTTP status ${statusLine(response)}`
  return said === '' ? status : `${status}: ${said}`
}
