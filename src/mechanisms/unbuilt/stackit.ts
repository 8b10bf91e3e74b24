import { httpClientConfig, parseGoUrl } from '../../http/index.js'
import { goQuote } from '../../go/quote.js'
import { field, inline, secret, struct, text } from '../../yaml/index.js'
import type { Mechanism } from '../../discovery/mechanism.js'
import { addressOr, polled, urlFault, word } from './fields.js'
import { unbuilt } from './unbuilt.js'

/** Why an endpoint cannot be used; undefined for a good one. */
function faultOfEndpoint(endpoint: string): string | undefined {
  const fault = urlFault(endpoint)
  if (fault !== undefined) return fault
  const { scheme, host } = parseGoUrl(endpoint)
  return scheme === '' || host === '' ? 'scheme or host missing' : undefined
}

const section = struct(
  'stackit.plain',
  {
    http: inline(httpClientConfig),
    project: word,
    region: field(text, 'eu01'),
    endpoint: addressOr(''),
    ...polled,
    service_account_key: field(secret),
    private_key: field(secret),
    // Upstream does not look for these from the folder of the config file.
    service_account_key_path: field(text),
    private_key_path: field(text),
    credentials_file_path: field(text),
  },
  (value, at) => {
    if (value.endpoint === '' && value.region === '') {
      at.failKey('endpoint', 'stackit_sd: endpoint and region missing')
    }
    const fault = value.endpoint === '' ? undefined : faultOfEndpoint(value.endpoint)
    if (fault === undefined) return
    at.failKey('endpoint', `stackit_sd: invalid endpoint ${goQuote(value.endpoint)}: ${fault}`)
  },
)

export const stackit: Mechanism = unbuilt('stackit', section)
