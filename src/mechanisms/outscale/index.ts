import { type HttpClientConfig, httpClientConfig } from '../../http/index.js'
import {
  field,
  filePath,
  inline,
  type Secret,
  secret,
  struct,
  type StructType,
  text,
} from '../../yaml/index.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { polled } from '../kit/polled.js'
import { refusalFrom } from '../kit/refusal.js'
import { always, maskedUrl, pollKeys, requireKeys, requireOneSecretKey } from '../kit/section.js'
import * as json from '../kit/shape.js'

const keys = {
  endpoint: field(maskedUrl),
  region: field(text, 'eu-west-2', always),
  access_key: field(text, '', always),
  secret_key: field(secret, undefined, always),
  secret_key_file: field(filePath, '', always),
  ...pollKeys,
  http: inline(httpClientConfig),
}

/** One element of `outscale_sd_configs`. */
export interface OutscaleConfig {
  /** That of the region where the file names none. */
  readonly endpoint: string
  readonly region: string
  readonly access_key: string
  readonly secret_key: Secret
  readonly secret_key_file: string
  /** Milliseconds. */
  readonly refresh_interval: number
  readonly port: number
  readonly http: HttpClientConfig
}

const written: StructType<OutscaleConfig> = struct('outscale.plain', keys, (value, at) => {
  requireKeys(value, at, {
    region: 'outscale SD configuration requires a region',
    access_key: 'outscale SD configuration requires access_key',
  })
  requireOneSecretKey(value, at)
})

// As upstream does it, so that a printed config names the endpoint.
const section: StructType<OutscaleConfig> = {
  ...written,
  decode(node, at) {
    const value = written.decode(node, at)
    if (value.endpoint !== '') return value
    return { ...value, endpoint: `https://api.${value.region}.outscale.com/api/v1` }
  },
}

const problem = json.object({ Type: json.text, Code: json.text, Details: json.text })
type Problem = json.Read<typeof problem>

/** `outscale_sd_configs`: virtual machines of Outscale. */
export const outscale: MechanismFactory = polled<OutscaleConfig>({
  name: 'outscale',
  section,
  baseUrl: ({ endpoint }) => endpoint,
  refusal: () =>
    refusalFrom(json.object({ Errors: json.list(problem) }), ({ Errors }) =>
      Errors.map(wordsOf).join('; '),
    ),
  load: () => import('./search.js'),
})

/** https://docs.outscale.com/en/userguide/API-Error-Codes.html */
function wordsOf({ Type, Code, Details }: Problem): string {
  const name = Code === '' ? Type : `${Type} (${Code})`
  return Details === '' ? name : `${name}: ${Details}`
}
