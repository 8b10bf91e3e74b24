import { goQuote } from '../../go/quote.js'
import { createHttpClient, httpClientConfig, redactUrl } from '../../http/index.js'
import { field, inline, secret, struct, text } from '../../yaml/index.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { polled } from '../kit/polled.js'
import { refusalFrom } from '../kit/refusal.js'
import { always, faultOfServerUrl, maskedUrl, pollKeys } from '../kit/section.js'
import * as json from '../kit/shape.js'
import { httpOf, type StackitCredentials } from './service-account.js'

const keys = {
  http: inline(httpClientConfig),
  project: field(text, '', always),
  region: field(text, 'eu01'),
  endpoint: field(maskedUrl),
  ...pollKeys,
  service_account_key: field(secret),
  private_key: field(secret),
  // Upstream does not look for these from the folder of the config file.
  service_account_key_path: field(text),
  private_key_path: field(text),
  credentials_file_path: field(text),
}

/** One element of `stackit_sd_configs`. */
export interface StackitConfig extends StackitCredentials {
  readonly project: string
  readonly region: string
  readonly endpoint: string
  /** Milliseconds. */
  readonly refresh_interval: number
  readonly port: number
}

const section = struct('stackit.plain', keys, ({ endpoint, region }, at) => {
  if (endpoint === '' && region === '') {
    at.failKey('endpoint', 'stackit_sd: endpoint and region missing')
  }
  const fault = endpoint === '' ? undefined : faultOfServerUrl(endpoint, 'scheme or host missing')
  if (fault === undefined) return
  at.failKey('endpoint', `stackit_sd: invalid endpoint ${goQuote(redactUrl(endpoint))}: ${fault}`)
})

const apiError = json.object({ msg: json.text, message: json.text })

/** `stackit_sd_configs`: servers of a project of STACKIT. */
export const stackit: MechanismFactory = polled<StackitConfig>({
  name: 'stackit',
  section,
  client: (config, options) => createHttpClient(httpOf(config), options),
  baseUrl: ({ endpoint, region }) => endpoint || `https://iaas.api.${region}.stackit.cloud`,
  refusal: () => refusalFrom(apiError, ({ msg, message }) => msg || message),
  load: () => import('./search.js'),
})
