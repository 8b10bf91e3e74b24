import { joinHostPort } from '../../go/host-port.js'
import type { Labels } from '../../labels/index.js'
import { type Api, withQuery } from '../kit/api.js'
import { labelsFrom, tagList } from '../kit/labels.js'
import * as json from '../kit/shape.js'
import type { IonosConfig } from './index.js'

const reference = json.optional(json.object({ id: json.text }))

const server = json.object({
  id: json.text,
  metadata: json.object({ state: json.text }),
  properties: json.object({
    name: json.text,
    type: json.text,
    availabilityZone: json.text,
    cpuFamily: json.text,
    vmState: json.text,
    bootCdrom: reference,
    bootVolume: reference,
  }),
  entities: json.object({
    nics: json.object({
      items: json.list(
        json.object({
          properties: json.object({ name: json.optional(json.text), ips: json.list(json.text) }),
        }),
      ),
    }),
    volumes: json.object({
      items: json.list(
        json.object({ properties: json.object({ image: json.optional(json.text) }) }),
      ),
    }),
  }),
})

const page = json.object({
  id: json.text,
  items: json.list(server),
  offset: json.int,
  limit: json.int,
})

interface Server extends json.Read<typeof server> {
  /** The id of the list that it is in. */
  readonly listId: string
  readonly ips: readonly string[]
  readonly ipsByNic: ReadonlyMap<string, readonly string[]>
}

const labels = labelsFrom<Server>('__meta_ionos_server_', {
  availability_zone: (s) => s.properties.availabilityZone,
  boot_cdrom_id: (s) => s.properties.bootCdrom?.id,
  boot_image_id: (s) => s.entities.volumes.items[0]?.properties.image,
  boot_volume_id: (s) => s.properties.bootVolume?.id,
  cpu_family: (s) => s.properties.cpuFamily,
  id: (s) => s.id,
  ip: (s) => tagList(s.ips),
  lifecycle: (s) => s.metadata.state,
  name: (s) => s.properties.name,
  nic_ip_: (s) => nicRows(s.ipsByNic),
  servers_id: (s) => s.listId,
  state: (s) => s.properties.vmState,
  type: (s) => s.properties.type,
})

/** Finds the servers of a datacenter: https://api.ionos.com/docs/cloud/v6. */
export async function* targets(
  api: Api,
  { datacenter_id, port }: IonosConfig,
): AsyncGenerator<Labels> {
  const path = `/datacenters/${encodeURIComponent(datacenter_id)}/servers`
  // 1000 is the most there is; depth 3 is that of the addresses.
  const pathOf = (offset: number): string => withQuery(path, { depth: 3, limit: 1000, offset })
  const pages = api.pages(pathOf(0), page, ({ items, offset, limit }) =>
    limit > 0 && items.length >= limit ? pathOf(offset + items.length) : undefined,
  )
  for await (const { id: listId, items } of pages) {
    for (const one of items) {
      const { ips, ipsByNic } = addressesOf(one)
      const [first] = ips
      if (first === undefined) continue
      yield {
        __address__: joinHostPort(first, port),
        ...labels({ ...one, listId, ips, ipsByNic }),
      }
    }
  }
}

/** The addresses of a server. Those of a later NIC come first, as in Prometheus. */
function addressesOf({ entities }: json.Read<typeof server>): Pick<Server, 'ips' | 'ipsByNic'> {
  let ips: readonly string[] = []
  const ipsByNic = new Map<string, readonly string[]>()
  for (const { properties } of entities.nics.items) {
    const name = properties.name ?? 'unnamed'
    ips = [...properties.ips, ...ips]
    ipsByNic.set(name, [...properties.ips, ...(ipsByNic.get(name) ?? [])])
  }
  return { ips, ipsByNic }
}

function* nicRows(ipsByNic: Server['ipsByNic']): Generator<readonly [name: string, ips: string]> {
  for (const [name, ips] of ipsByNic) yield [name, `,${ips.join(',')},`]
}
