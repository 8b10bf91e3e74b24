import { labelsFrom } from '../kit/labels.js'
import * as json from '../kit/shape.js'
import { type Addresses, type Service, serviceOf } from './service.js'

const server = json.object({
  name: json.text,
  state: json.text,
  commercialRange: json.text,
  linkSpeed: json.int,
  rack: json.text,
  noIntervention: json.bool,
  os: json.text,
  supportLevel: json.text,
  serverId: json.id,
  reverse: json.text,
  datacenter: json.text,
})

const labels = labelsFrom<json.Read<typeof server> & Addresses>(
  '__meta_ovhcloud_dedicated_server_',
  {
    state: (s) => s.state,
    commercial_range: (s) => s.commercialRange,
    link_speed: (s) => s.linkSpeed,
    rack: (s) => s.rack,
    no_intervention: (s) => s.noIntervention,
    os: (s) => s.os,
    support_level: (s) => s.supportLevel,
    server_id: (s) => s.serverId,
    reverse: (s) => s.reverse,
    datacenter: (s) => s.datacenter,
    name: (s) => s.name,
    ipv4: (s) => s.ipv4,
    ipv6: (s) => s.ipv6,
  },
)

/** The dedicated servers of an account. */
export const dedicatedServers: Service = serviceOf('/dedicated/server', server, labels)
