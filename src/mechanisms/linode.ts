import { httpClientConfig } from '../http/index.js'
import { field, inline, struct, text } from '../yaml/index.js'
import type { MechanismFactory } from './kit/mechanism.js'
import { pollKeys } from './kit/section.js'
import { unbuilt } from './kit/unbuilt.js'

const section = struct('linode.plain', {
  http: inline(httpClientConfig),
  ...pollKeys,
  tag_separator: field(text, ','),
  region: field(text),
})

/** `linode_sd_configs`: instances of Linode. */
export const linode: MechanismFactory = unbuilt({ name: 'linode', section })
