import { labelsFrom } from '../kit/labels.js'
import * as json from '../kit/shape.js'
import { type Addresses, type Service, serviceOf } from './service.js'

const server = json.object({
  name: json.text,
  displayName: json.text,
  state: json.text,
  zone: json.text,
  cluster: json.text,
  netbootMode: json.text,
  offerType: json.text,
  memoryLimit: json.int,
  vcore: json.int,
  model: json.object({
    name: json.text,
    offer: json.text,
    version: json.text,
    datacenter: json.list(json.text),
    disk: json.int,
    memory: json.int,
    vcore: json.int,
    // OVHcloud writes it like this.
    maximumAdditionnalIp: json.int,
  }),
})

const labels = labelsFrom<json.Read<typeof server> & Addresses>('__meta_ovhcloud_vps_', {
  offer: (s) => s.model.offer,
  // As Go prints a list.
  datacenter: (s) => `[${s.model.datacenter.join(' ')}]`,
  model_vcore: (s) => s.model.vcore,
  maximum_additional_ip: (s) => s.model.maximumAdditionnalIp,
  version: (s) => s.model.version,
  model_name: (s) => s.model.name,
  disk: (s) => s.model.disk,
  memory: (s) => s.model.memory,
  zone: (s) => s.zone,
  display_name: (s) => s.displayName,
  cluster: (s) => s.cluster,
  state: (s) => s.state,
  name: (s) => s.name,
  netboot_mode: (s) => s.netbootMode,
  memory_limit: (s) => s.memoryLimit,
  offer_type: (s) => s.offerType,
  vcore: (s) => s.vcore,
  ipv4: (s) => s.ipv4,
  ipv6: (s) => s.ipv6,
})

/** The virtual servers of an account. */
export const virtualServers: Service = serviceOf('/vps', server, labels)
