import { canonicalIp, canonicalNetwork } from '../go/ip.js'
import { joinHostPort } from '../go/host-port.js'
import { httpClientConfig, type HttpResponse } from '../http/index.js'
import type { Labels } from '../labels/index.js'
import { field, inline, struct, type StructValue, text } from '../yaml/index.js'
import { type Api, readJsonOrNothing, withQuery } from './kit/api.js'
import { labelsFrom, present } from './kit/labels.js'
import type { MechanismFactory } from './kit/mechanism.js'
import { polled } from './kit/polled.js'
import { always, pollKeys, requireKeys, roleOf } from './kit/section.js'
import * as json from './kit/shape.js'

const keys = {
  http: inline(httpClientConfig),
  ...pollKeys,
  role: field(roleOf('hetzner.Role', ['robot', 'hcloud'], 'unknown role'), '', always),
  label_selector: field(text),
}
type Config = StructValue<typeof keys>

const section = struct('hetzner.plain', keys, (value, at) =>
  requireKeys(value, at, { role: 'role missing (one of: robot, hcloud)' }),
)

/** `hetzner_sd_configs`: servers of Hetzner Cloud (role `hcloud`) or Hetzner Robot (role `robot`). */
export const hetzner: MechanismFactory = polled<Config>({
  name: 'hetzner',
  section,
  baseUrl: ({ role }) =>
    role === 'robot' ? 'https://robot-ws.your-server.de' : 'https://api.hetzner.cloud/v1',
  refusal: ({ role }) => (role === 'robot' ? robotRefusal : hcloudRefusal),
  targets: (api, config) => (config.role === 'robot' ? robot(api, config) : hcloud(api, config)),
})

// Role hcloud: https://docs.hetzner.cloud

const server = json.object({
  id: json.id,
  name: json.text,
  status: json.text,
  labels: json.map(json.text),
  public_net: json.object({
    ipv4: json.object({ ip: json.text }),
    ipv6: json.object({ ip: json.text }),
  }),
  private_net: json.list(json.object({ network: json.id, ip: json.text })),
  server_type: json.object({
    name: json.text,
    cores: json.int,
    cpu_type: json.text,
    memory: json.float,
    disk: json.int,
  }),
  location: json.object({ name: json.text, network_zone: json.text }),
  image: json.optional(
    json.object({
      name: json.text,
      description: json.text,
      os_flavor: json.text,
      os_version: json.text,
    }),
  ),
})
const network = json.object({ id: json.id, name: json.text })
const meta = json.object({ pagination: json.object({ next_page: json.int }) })

interface HcloudServer extends json.Read<typeof server> {
  /** The names of the project's networks, by id. */
  readonly networks: ReadonlyMap<string, string>
}

const hcloudLabels = labelsFrom<HcloudServer>('__meta_hetzner_', {
  role: () => 'hcloud',
  server_id: (s) => s.id,
  server_name: (s) => s.name,
  server_status: (s) => s.status,
  public_ipv4: (s) => ipText(s.public_net.ipv4.ip),
  public_ipv6_network: (s) => canonicalNetwork(s.public_net.ipv6.ip) ?? none,
  hcloud_location: (s) => s.location.name,
  hcloud_location_network_zone: (s) => s.location.network_zone,
  // The same under the names from before a server's location was no longer that of its datacenter.
  hcloud_datacenter_location: (s) => s.location.name,
  hcloud_datacenter_location_network_zone: (s) => s.location.network_zone,
  hcloud_server_type: (s) => s.server_type.name,
  hcloud_cpu_cores: (s) => s.server_type.cores,
  hcloud_cpu_type: (s) => s.server_type.cpu_type,
  hcloud_memory_size_gb: (s) => Math.trunc(s.server_type.memory),
  hcloud_disk_size_gb: (s) => s.server_type.disk,
  hcloud_image_name: (s) => s.image?.name,
  hcloud_image_description: (s) => s.image?.description,
  hcloud_image_os_version: (s) => s.image?.os_version,
  hcloud_image_os_flavor: (s) => s.image?.os_flavor,
  hcloud_private_ipv4_: (s) =>
    s.private_net.flatMap(({ network: id, ip }): readonly (readonly [string, string])[] => {
      const name = s.networks.get(id)
      return name === undefined ? [] : [[name, ipText(ip)]]
    }),
  hcloud_label_: (s) => s.labels,
  hcloud_labelpresent_: (s) => present(s.labels.keys()),
})

async function* hcloud(api: Api, { port, label_selector }: Config): AsyncGenerator<Labels> {
  const networks = new Map<string, string>()
  const networkPage = json.object({ networks: json.list(network), meta })
  for await (const page of hcloudPages(api, '/networks', networkPage)) {
    for (const { id, name } of page.networks) networks.set(id, name)
  }
  const serverPage = json.object({ servers: json.list(server), meta })
  for await (const page of hcloudPages(api, '/servers', serverPage, { label_selector })) {
    for (const one of page.servers) {
      const ip = ipText(one.public_net.ipv4.ip)
      yield { __address__: joinHostPort(ip, port), ...hcloudLabels({ ...one, networks }) }
    }
  }
}

function hcloudPages<P extends { readonly meta: json.Read<typeof meta> }>(
  api: Api,
  path: string,
  shape: json.Shape<P>,
  query: Readonly<Record<string, string>> = {},
): AsyncGenerator<P> {
  const pathOf = (page: number): string => withQuery(path, { ...query, page, per_page: 50 })
  return api.pages(pathOf(1), shape, ({ meta: { pagination } }) =>
    pagination.next_page === 0 ? undefined : pathOf(pagination.next_page),
  )
}

const hcloudError = json.object({ error: json.object({ code: json.text, message: json.text }) })

function hcloudRefusal(response: HttpResponse): string {
  const { code, message } = readJsonOrNothing(hcloudError, response).error
  const correlation = response.header('x-correlation-id') ?? ''
  if (code === '' && message === '') {
    return `hcloud: server responded with status code ${String(response.status)}`
  }
  return `${message} (${correlation === '' ? code : `${code}, ${correlation}`})`
}

// Role robot: https://robot.hetzner.com/doc/webservice

const robotServer = json.object({
  server_ip: json.text,
  server_number: json.id,
  server_name: json.text,
  dc: json.text,
  status: json.text,
  product: json.text,
  cancelled: json.bool,
  subnet: json.list(json.object({ ip: json.text, mask: json.text })),
})

const robotLabels = labelsFrom<json.Read<typeof robotServer>>('__meta_hetzner_', {
  role: () => 'robot',
  server_id: (s) => s.server_number,
  server_name: (s) => s.server_name,
  server_status: (s) => s.status,
  datacenter: (s) => s.dc.toLowerCase(),
  public_ipv4: (s) => s.server_ip,
  public_ipv6_network(s) {
    // The first that is not IPv4, whatever it is.
    const net = s.subnet.find(({ ip }) => canonicalIp(ip)?.includes('.') !== true)
    return net && `${net.ip}/${net.mask}`
  },
  robot_datacenter: (s) => s.dc.toLowerCase(),
  robot_product: (s) => s.product,
  robot_cancelled: (s) => s.cancelled,
})

async function* robot(api: Api, { port }: Config): AsyncGenerator<Labels> {
  for (const { server: one } of await api.items('/server', json.object({ server: robotServer }))) {
    yield { __address__: joinHostPort(one.server_ip, port), ...robotLabels(one) }
  }
}

function robotRefusal({ status }: HttpResponse): string {
  return `non 2xx status '${String(status)}' response during hetzner service discovery with role robot`
}

/** What Go prints for an address that is not there: a server may have no public IPv4. */
const none = '<nil>'

function ipText(ip: string): string {
  return canonicalIp(ip) ?? none
}
