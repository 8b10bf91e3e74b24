import type { Labels } from '../../labels/index.js'
import { type Api, withQuery } from '../kit/api.js'
import { labelsFrom, tagList } from '../kit/labels.js'
import * as json from '../kit/shape.js'
import { baseUrl, type TritonConfig } from './index.js'

const container = json.object({
  groups: json.list(json.text),
  server_uuid: json.text,
  vm_alias: json.text,
  vm_brand: json.text,
  vm_image_uuid: json.text,
  vm_uuid: json.text,
})
const containers = json.object({ containers: json.list(container) })

const computeNode = json.object({ server_uuid: json.text, server_hostname: json.text })
const computeNodes = json.object({ cns: json.list(computeNode) })

const containerLabels = labelsFrom<json.Read<typeof container>>('__meta_triton_', {
  machine_id: (c) => c.vm_uuid,
  machine_alias: (c) => c.vm_alias,
  machine_brand: (c) => c.vm_brand,
  machine_image: (c) => c.vm_image_uuid,
  server_id: (c) => c.server_uuid,
  groups: (c) => tagList(c.groups),
})

const computeNodeLabels = labelsFrom<json.Read<typeof computeNode>>('__meta_triton_', {
  machine_id: (n) => n.server_uuid,
  machine_alias: (n) => n.server_hostname,
})

/** The name of the group is the URL that is asked. */
export function source(config: TritonConfig): string {
  return baseUrl(config) + pathOf(config)
}

/** Finds the containers or the compute nodes: one request, with the names under which CNS knows them. */
export async function* targets(api: Api, config: TritonConfig): AsyncGenerator<Labels> {
  const addressOf = (uuid: string): string => `${uuid}.${config.dns_suffix}:${String(config.port)}`
  const path = pathOf(config)
  if (config.role === 'container') {
    for (const one of (await api.get(path, containers)).containers) {
      yield { __address__: addressOf(one.vm_uuid), ...containerLabels(one) }
    }
    return
  }
  for (const one of (await api.get(path, computeNodes)).cns) {
    yield { __address__: addressOf(one.server_uuid), ...computeNodeLabels(one) }
  }
}

function pathOf({ role, groups }: TritonConfig): string {
  return withQuery(role === 'cn' ? '/gz/discover' : '/discover', { groups: groups.join(',') })
}
