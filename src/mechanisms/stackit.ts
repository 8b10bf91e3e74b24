import { goQuote } from '../go/quote.js'
import { httpClientConfig } from '../http/index.js'
import { field, inline, secret, struct, text } from '../yaml/index.js'
import type { MechanismFactory } from './kit/mechanism.js'
import { always, faultOfServerUrl, maskedUrl, pollKeys } from './kit/section.js'
import { unbuilt } from './kit/unbuilt.js'

const section = struct(
  'stackit.plain',
  {
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
  },
  ({ endpoint, region }, at) => {
    if (endpoint === '' && region === '') {
      at.failKey('endpoint', 'stackit_sd: endpoint and region missing')
    }
    const fault = endpoint === '' ? undefined : faultOfServerUrl(endpoint, 'scheme or host missing')
    if (fault === undefined) return
    at.failKey('endpoint', `stackit_sd: invalid endpoint ${goQuote(endpoint)}: ${fault}`)
  },
)

/** `stackit_sd_configs`: servers of a project of STACKIT. */
export const stackit: MechanismFactory = unbuilt({ name: 'stackit', section })
