import { field, struct, text } from '../yaml/index.js'
import type { MechanismFactory } from './kit/mechanism.js'
import { always, pollKeys, requireKeys } from './kit/section.js'
import { unbuilt } from './kit/unbuilt.js'

const section = struct(
  'gce.plain',
  {
    project: field(text, '', always),
    zone: field(text, '', always),
    filter: field(text),
    ...pollKeys,
    tag_separator: field(text, ','),
  },
  (value, at) =>
    requireKeys(value, at, {
      project: 'GCE SD configuration requires a project',
      zone: 'GCE SD configuration requires a zone',
    }),
)

/** `gce_sd_configs`: instances of Google Compute Engine. */
export const gce: MechanismFactory = unbuilt({ name: 'gce', section })
