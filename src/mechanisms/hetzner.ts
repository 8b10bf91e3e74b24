import { httpClientConfig } from '../http/index.js'
import { field, inline, struct, text } from '../yaml/index.js'
import type { MechanismFactory } from './kit/mechanism.js'
import { always, pollKeys, requireKeys, roleOf } from './kit/section.js'
import { unbuilt } from './kit/unbuilt.js'

const section = struct(
  'hetzner.plain',
  {
    http: inline(httpClientConfig),
    ...pollKeys,
    role: field(roleOf('hetzner.Role', ['robot', 'hcloud'], 'unknown role'), '', always),
    label_selector: field(text),
  },
  (value, at) => requireKeys(value, at, { role: 'role missing (one of: robot, hcloud)' }),
)

/** `hetzner_sd_configs`: servers of Hetzner Cloud (role `hcloud`) or Hetzner Robot (role `robot`). */
export const hetzner: MechanismFactory = unbuilt({ name: 'hetzner', section })
