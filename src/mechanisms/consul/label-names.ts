import { sanitizeLabelName } from '../../labels/index.js'

// Keys come from the network: a server that invents new ones for ever must not fill the memory.
const mostKeys = 10_000

/** The label names of foreign keys, each made once, so that all targets share one string a name. */
export class LabelNames {
  readonly metadata: (key: string) => string = namesWith('__meta_consul_metadata_')
  readonly serviceMetadata: (key: string) => string = namesWith('__meta_consul_service_metadata_')
  readonly taggedAddress: (key: string) => string = namesWith('__meta_consul_tagged_address_')
}

function namesWith(prefix: string): (key: string) => string {
  const known = new Map<string, string>()
  return (key) => {
    const name = known.get(key)
    if (name !== undefined) return name
    if (known.size >= mostKeys) known.clear()
    const made = prefix + sanitizeLabelName(key)
    known.set(key, made)
    return made
  }
}
