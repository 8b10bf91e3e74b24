import { joinHostPort } from '../../go/host-port.js'
import { formatIp } from '../../go/ip.js'
import type { Labels } from '../../labels/index.js'
import { type Api, withQuery } from '../kit/api.js'
import { labelsFrom, tagList } from '../kit/labels.js'
import * as json from '../kit/shape.js'
import type { ScalewayConfig } from './index.js'
import { elements } from './pages.js'

const address = json.object({ address: json.text, family: json.text })

const server = json.object({
  id: json.text,
  name: json.text,
  hostname: json.text,
  organization: json.text,
  project: json.text,
  state: json.text,
  boot_type: json.text,
  commercial_type: json.text,
  zone: json.text,
  tags: json.list(json.text),
  image: json.optional(json.object({ id: json.text, name: json.text, arch: json.text })),
  location: json.optional(
    json.object({ cluster_id: json.text, hypervisor_id: json.text, node_id: json.text }),
  ),
  security_group: json.optional(json.object({ id: json.text, name: json.text })),
  private_ip: json.optional(json.text),
  public_ip: json.optional(address),
  public_ips: json.list(address),
  ipv6: json.optional(address),
  private_nics: json.list(json.object({ id: json.text })),
})
type Server = json.Read<typeof server>

const labels = labelsFrom<Server>('__meta_scaleway_instance_', {
  boot_type: (s) => s.boot_type,
  hostname: (s) => s.hostname,
  id: (s) => s.id,
  image_arch: (s) => s.image?.arch,
  image_id: (s) => s.image?.id,
  image_name: (s) => s.image?.name,
  location_cluster_id: (s) => s.location?.cluster_id,
  location_hypervisor_id: (s) => s.location?.hypervisor_id,
  location_node_id: (s) => s.location?.node_id,
  name: (s) => s.name,
  organization_id: (s) => s.organization,
  private_ipv4: (s) => s.private_ip,
  project_id: (s) => s.project,
  public_ipv4: (s) => s.public_ip && formatIp(s.public_ip.address),
  public_ipv6: (s) => s.ipv6 && formatIp(s.ipv6.address),
  public_ipv4_addresses: (s) => tagList(publicAddresses(s, 'inet')),
  public_ipv6_addresses: (s) => tagList(publicAddresses(s, 'inet6')),
  region: (s) => regionOf(s.zone),
  security_group_id: (s) => s.security_group?.id,
  security_group_name: (s) => s.security_group?.name,
  status: (s) => s.state,
  tags: (s) => tagList(s.tags),
  type: (s) => s.commercial_type,
  zone: (s) => s.zone,
})

/** Finds the instances of a zone. */
export async function* instances(api: Api, config: ScalewayConfig): AsyncGenerator<Labels> {
  const { zone, name_filter: name, tags_filter, port } = config
  const path = withQuery(`/instance/v1/zones/${encodeURIComponent(zone)}/servers`, {
    name,
    tags: tags_filter.join(','),
  })
  // Those that have an address in a private network alone, which another API knows.
  const privately: Server[] = []
  for await (const one of elements(api, path, 'servers', server)) {
    const address = addressOf(one)
    if (address !== '') yield { __address__: joinHostPort(address, port), ...labels(one) }
    else if (one.private_nics.length > 0) privately.push(one)
  }
  if (privately.length === 0) return
  const nics = privately.flatMap(({ private_nics }) => private_nics.map(({ id }) => id))
  const byNic = await addressesOf(api, zone, nics)
  for (const one of privately) {
    const private_ip = one.private_nics
      .map(({ id }) => byNic.get(id))
      .find((ip) => ip !== undefined)
    if (private_ip === undefined) continue
    yield { __address__: joinHostPort(private_ip, port), ...labels({ ...one, private_ip }) }
  }
}

/** The address of an instance: private, else public; empty for none. */
function addressOf(one: Server): string {
  if (one.private_ip !== undefined) return one.private_ip
  const ip = one.public_ip ?? one.ipv6
  if (ip !== undefined) return formatIp(ip.address)
  return publicAddresses(one, 'inet')[0] ?? publicAddresses(one, 'inet6')[0] ?? ''
}

function publicAddresses({ public_ips }: Server, family: 'inet' | 'inet6'): readonly string[] {
  return public_ips.filter((ip) => ip.family === family).map((ip) => formatIp(ip.address))
}

const reservedIp = json.object({
  address: json.text,
  is_ipv6: json.bool,
  resource: json.object({ id: json.text }),
})

/** How many of their ids fit into a URL. */
const nicsPerRequest = 50

/** The IPv4 addresses of private NICs, by their ids. */
async function addressesOf(
  api: Api,
  zone: string,
  nics: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const region = regionOf(zone) ?? zone
  const byNic = new Map<string, string>()
  for (let i = 0; i < nics.length; i += nicsPerRequest) {
    const ids = nics.slice(i, i + nicsPerRequest)
    const query = ids.map((id) => `&resource_ids=${encodeURIComponent(id)}`).join('')
    const path = `/ipam/v1/regions/${encodeURIComponent(region)}/ips?is_ipv6=false&resource_type=instance_private_nic${query}`
    for await (const { address, is_ipv6, resource } of elements(api, path, 'ips', reservedIp)) {
      const [ip = ''] = address.split('/')
      if (!is_ipv6 && ip !== '' && !byNic.has(resource.id)) byNic.set(resource.id, ip)
    }
  }
  return byNic
}

/** `fr-par` of `fr-par-1`. */
function regionOf(zone: string): string | undefined {
  return /^([a-z]+-[a-z]+)-\d+$/.exec(zone)?.[1]
}
