import * as json from '../kit/shape.js'
import type { Collection } from './cloud.js'

/** A floating IP, and the port and address that it leads to; these are empty where it leads nowhere. */
interface FloatingIp {
  readonly floating_ip_address: string
  readonly fixed_ip_address: string
  readonly port_id: string
}

const floatingIp: json.Shape<FloatingIp> = json.object({
  floating_ip_address: json.text,
  fixed_ip_address: json.text,
  port_id: json.text,
})

/**
 * The floating IPs of Neutron. https://docs.openstack.org/api-ref/network/v2/#list-floating-ips
 * Only the fields that are used: an answer with all of them is ten times the size.
 */
export const floatingIps: Collection<FloatingIp> = {
  service: 'network',
  path: 'floatingips?fields=id&fields=floating_ip_address&fields=fixed_ip_address&fields=port_id',
  name: 'floatingips',
  item: floatingIp,
}
