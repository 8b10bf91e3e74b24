import { joinHostPort } from '../../go/host-port.js'
import type { Labels } from '../../labels/index.js'
import { labelsFrom } from '../kit/labels.js'
import * as json from '../kit/shape.js'
import type { Cloud, Collection } from './cloud.js'
import { floatingIps } from './floating-ips.js'
import type { OpenstackConfig } from './section.js'

const server = json.object({
  id: json.text,
  name: json.text,
  status: json.text,
  tenant_id: json.text,
  user_id: json.text,
  metadata: json.map(json.text),
  flavor: json.map(json.any),
  // An object; empty text for a server that was booted from a volume.
  image: json.any,
  addresses: json.map(json.any),
})
type Server = json.Read<typeof server>

const port = json.object({ id: json.text, device_id: json.text })

/** The ports of Neutron. https://docs.openstack.org/api-ref/network/v2/#list-ports */
const ports: Collection<json.Read<typeof port>> = {
  service: 'network',
  path: 'ports?fields=id&fields=device_id',
  name: 'ports',
  item: port,
}

/** An address of a server. */
interface Interface {
  readonly server: Server
  readonly flavor: string
  /** The name of the network. */
  readonly pool: string
  readonly address: string
  /** The floating IP that leads there. */
  readonly publicIp: string | undefined
}

const labels = labelsFrom<Interface>('__meta_openstack_', {
  instance_id: ({ server: s }) => s.id,
  instance_status: ({ server: s }) => s.status,
  instance_name: ({ server: s }) => s.name,
  instance_flavor: (i) => i.flavor,
  instance_image: ({ server: s }) => textAt(s.image, 'id'),
  project_id: ({ server: s }) => s.tenant_id,
  user_id: ({ server: s }) => s.user_id,
  address_pool: (i) => i.pool,
  private_ip: (i) => i.address,
  public_ip: (i) => i.publicIp,
  tag_: ({ server: s }) => s.metadata,
})

/**
 * Role `instance`: the servers of Nova, one target for each address that is not a floating one.
 * https://docs.openstack.org/api-ref/compute/#list-servers-detailed
 */
export async function* instances(
  cloud: Cloud,
  config: Pick<OpenstackConfig, 'port' | 'all_tenants'>,
): AsyncGenerator<Labels> {
  const floating = await findFloating(cloud)
  const servers: Collection<Server> = {
    service: 'compute',
    path: `servers/detail${config.all_tenants ? '?all_tenants=true' : ''}`,
    name: 'servers',
    item: server,
  }
  for await (const one of cloud.list(servers)) {
    for (const each of interfacesOf(one, floating)) {
      yield { __address__: joinHostPort(each.address, config.port), ...labels(each) }
    }
  }
}

/** The floating IPs that lead to a server. */
interface Floating {
  readonly all: ReadonlySet<string>
  /** By the server and its own address. */
  readonly byPlace: ReadonlyMap<string, string>
}

function place(serverId: string, address: string): string {
  return `${serverId} ${address}`
}

async function findFloating(cloud: Cloud): Promise<Floating> {
  const associated = []
  for await (const one of cloud.list(floatingIps)) {
    if (one.port_id !== '' && one.fixed_ip_address !== '') associated.push(one)
  }
  const all = new Set<string>()
  const byPlace = new Map<string, string>()
  // A project may have a hundred thousand ports.
  if (associated.length === 0) return { all, byPlace }
  const wanted = new Set(associated.map((one) => one.port_id))
  const devices = new Map<string, string>()
  for await (const { id, device_id } of cloud.list(ports)) {
    if (wanted.has(id)) devices.set(id, device_id)
  }
  for (const { port_id, fixed_ip_address, floating_ip_address } of associated) {
    const device = devices.get(port_id)
    if (device === undefined) continue
    all.add(floating_ip_address)
    byPlace.set(place(device, fixed_ip_address), floating_ip_address)
  }
  return { all, byPlace }
}

function* interfacesOf(one: Server, { all, byPlace }: Floating): Generator<Interface> {
  // Since version 2.47 of Nova's API a server has the name of its flavor in place of the id.
  const flavor = textAt(one.flavor, 'original_name') ?? textAt(one.flavor, 'id')
  if (flavor === undefined) return
  for (const [pool, addresses] of one.addresses) {
    if (!Array.isArray(addresses)) continue
    for (const given of addresses as readonly unknown[]) {
      const address = textAt(given, 'addr')
      if (address === undefined || all.has(address)) continue
      const publicIp = byPlace.get(place(one.id, address))
      yield { server: one, flavor, pool, address, publicIp }
    }
  }
}

/** The text under a key of an object; undefined where that is not what is there. */
function textAt(value: unknown, key: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const found: unknown = value instanceof Map ? value.get(key) : Reflect.get(value, key)
  return typeof found === 'string' ? found : undefined
}
