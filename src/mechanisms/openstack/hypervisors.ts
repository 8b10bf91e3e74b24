import { joinHostPort } from '../../go/host-port.js'
import type { Labels } from '../../labels/index.js'
import { labelsFrom } from '../kit/labels.js'
import * as json from '../kit/shape.js'
import type { Cloud, Collection } from './cloud.js'
import type { OpenstackConfig } from './section.js'

/** A number, and text since version 2.53 of Nova's API. */
const id: json.Shape<string> = {
  zero: '',
  read: (value) => (typeof value === 'string' ? value : json.id.read(value)),
}

const hypervisor = json.object({
  id,
  host_ip: json.text,
  hypervisor_hostname: json.text,
  status: json.text,
  state: json.text,
  hypervisor_type: json.text,
})
type Hypervisor = json.Read<typeof hypervisor>

const all: Collection<Hypervisor> = {
  service: 'compute',
  path: 'os-hypervisors/detail',
  name: 'hypervisors',
  item: hypervisor,
}

const labels = labelsFrom<Hypervisor>('__meta_openstack_hypervisor_', {
  id: (h) => h.id,
  host_ip: (h) => h.host_ip,
  hostname: (h) => h.hypervisor_hostname,
  status: (h) => h.status,
  state: (h) => h.state,
  type: (h) => h.hypervisor_type,
})

/** Role `hypervisor`: the hosts of Nova. https://docs.openstack.org/api-ref/compute/#list-hypervisors-details */
export async function* hypervisors(
  cloud: Cloud,
  { port }: Pick<OpenstackConfig, 'port'>,
): AsyncGenerator<Labels> {
  for await (const one of cloud.list(all)) {
    yield { __address__: joinHostPort(one.host_ip, port), ...labels(one) }
  }
}
