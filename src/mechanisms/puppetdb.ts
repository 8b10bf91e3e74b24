import { httpClientConfig } from '../http/index.js'
import { bool, field, inline, struct, text } from '../yaml/index.js'
import type { MechanismFactory } from './kit/mechanism.js'
import { always, faultOfHttpUrl, maskedUrl, pollKeys, requireKeys } from './kit/section.js'
import { unbuilt } from './kit/unbuilt.js'

const section = struct(
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
export const puppetdb: MechanismFactory = unbuilt({ name: 'puppetdb', section })
