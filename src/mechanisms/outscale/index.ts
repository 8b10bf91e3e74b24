import { httpClientConfig } from '../../http/index.js'
import { field, filePath, inline, secret, struct, text } from '../../yaml/index.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { always, maskedUrl, pollKeys, requireKeys, requireOneSecretKey } from '../kit/section.js'
import { unbuilt } from '../kit/unbuilt.js'

const section = struct(
  'outscale.plain',
  {
    endpoint: field(maskedUrl),
    region: field(text, 'eu-west-2', always),
    access_key: field(text, '', always),
    secret_key: field(secret, undefined, always),
    secret_key_file: field(filePath, '', always),
    ...pollKeys,
    http: inline(httpClientConfig),
  },
  (value, at) => {
    requireKeys(value, at, {
      region: 'outscale SD configuration requires a region',
      access_key: 'outscale SD configuration requires access_key',
    })
    requireOneSecretKey(value, at)
  },
)

/** `outscale_sd_configs`: virtual machines of Outscale. */
export const outscale: MechanismFactory = unbuilt({ name: 'outscale', section })
