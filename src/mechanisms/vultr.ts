import { httpClientConfig } from '../http/index.js'
import { inline, struct } from '../yaml/index.js'
import type { MechanismFactory } from './kit/mechanism.js'
import { pollKeys } from './kit/section.js'
import { unbuilt } from './kit/unbuilt.js'

const section = struct('vultr.plain', { http: inline(httpClientConfig), ...pollKeys })

/** `vultr_sd_configs`: instances of Vultr. */
export const vultr: MechanismFactory = unbuilt({ name: 'vultr', section })
