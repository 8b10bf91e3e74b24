import { httpClientConfig } from '../http/index.js'
import { field, inline, struct, text } from '../yaml/index.js'
import type { MechanismFactory } from './kit/mechanism.js'
import { always, pollKeys, requireKeys } from './kit/section.js'
import { unbuilt } from './kit/unbuilt.js'

const section = struct(
  'ionos.plain',
  { datacenter_id: field(text, '', always), http: inline(httpClientConfig), ...pollKeys },
  (value, at) => requireKeys(value, at, { datacenter_id: "datacenter id can't be empty" }),
)

/** `ionos_sd_configs`: servers of a datacenter of IONOS Cloud. */
export const ionos: MechanismFactory = unbuilt({ name: 'ionos', section })
