import { joinHostPort } from '../../go/host-port.js'
import { formatIp } from '../../go/ip.js'
import type { Labels } from '../../labels/index.js'
import { type Api, withQuery } from '../kit/api.js'
import { labelsFrom, tagList } from '../kit/labels.js'
import * as json from '../kit/shape.js'
import type { ScalewayConfig } from './index.js'
import { elements } from './pages.js'

const server = json.object({
  id: json.text,
  name: json.text,
  project_id: json.text,
  status: json.text,
  offer_id: json.text,
  zone: json.text,
  tags: json.list(json.text),
  install: json.optional(json.object({ os_id: json.text })),
  ips: json.list(json.object({ address: json.text, version: json.text })),
})

const offer = json.object({ id: json.text, name: json.text })
const os = json.object({ id: json.text, name: json.text, version: json.text })

interface Server extends json.Read<typeof server> {
  readonly offer: json.Read<typeof offer> | undefined
  readonly os: json.Read<typeof os> | undefined
  readonly ipv4: string | undefined
  readonly ipv6: string | undefined
}

const labels = labelsFrom<Server>('__meta_scaleway_baremetal_', {
  id: (s) => s.id,
  public_ipv4: (s) => s.ipv4,
  public_ipv6: (s) => s.ipv6,
  name: (s) => s.name,
  os_name: (s) => s.os?.name,
  os_version: (s) => s.os?.version,
  project_id: (s) => s.project_id,
  status: (s) => s.status,
  tags: (s) => tagList(s.tags),
  type: (s) => s.offer?.name,
  zone: (s) => s.zone,
})

/** Finds the bare metal servers of a zone. */
export async function* baremetal(api: Api, config: ScalewayConfig): AsyncGenerator<Labels> {
  const { zone, name_filter: name, tags_filter, port } = config
  const base = `/baremetal/v1/zones/${encodeURIComponent(zone)}`
  const tags = tags_filter.map((tag) => `tags=${encodeURIComponent(tag)}`).join('&')
  const path = withQuery(tags === '' ? `${base}/servers` : `${base}/servers?${tags}`, { name })
  const servers: json.Read<typeof server>[] = []
  for await (const one of elements(api, path, 'servers', server)) servers.push(one)
  if (servers.length === 0) return
  const offers = await byId(elements(api, `${base}/offers`, 'offers', offer))
  const systems = servers.some(({ install }) => install !== undefined)
    ? await byId(elements(api, `${base}/os`, 'os', os))
    : new Map<string, never>()
  for (const one of servers) {
    const [ipv4, ipv6] = ['IPv4', 'IPv6'].map((version) => {
      const found = one.ips.find((ip) => ip.version === version)
      return found && formatIp(found.address)
    })
    const address = ipv4 ?? ipv6
    yield {
      ...(address !== undefined && { __address__: joinHostPort(address, port) }),
      ...labels({
        ...one,
        ipv4,
        ipv6,
        offer: offers.get(one.offer_id),
        os: systems.get(one.install?.os_id ?? ''),
      }),
    }
  }
}

async function byId<T extends { readonly id: string }>(
  items: AsyncIterable<T>,
): Promise<ReadonlyMap<string, T>> {
  const found = new Map<string, T>()
  for await (const one of items) found.set(one.id, one)
  return found
}
