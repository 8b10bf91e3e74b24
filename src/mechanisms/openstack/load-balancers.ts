import { joinHostPort } from '../../go/host-port.js'
import type { Labels } from '../../labels/index.js'
import { labelsFrom } from '../kit/labels.js'
import * as json from '../kit/shape.js'
import type { Cloud, Collection } from './cloud.js'
import { floatingIps } from './floating-ips.js'

const loadBalancer = json.object({
  id: json.text,
  name: json.text,
  operating_status: json.text,
  provisioning_status: json.text,
  availability_zone: json.text,
  vip_address: json.text,
  vip_port_id: json.text,
  provider: json.text,
  project_id: json.text,
  tags: json.list(json.text),
})
type LoadBalancer = json.Read<typeof loadBalancer>

const listener = json.object({
  protocol: json.text,
  protocol_port: json.int,
  loadbalancers: json.list(json.object({ id: json.text })),
})

/** https://docs.openstack.org/api-ref/load-balancer/v2/#list-load-balancers */
const all: Collection<LoadBalancer> = {
  service: 'load-balancer',
  path: 'lbaas/loadbalancers',
  name: 'loadbalancers',
  item: loadBalancer,
}

/** https://docs.openstack.org/api-ref/load-balancer/v2/#list-listeners */
const listeners: Collection<json.Read<typeof listener>> = {
  service: 'load-balancer',
  path: 'lbaas/listeners',
  name: 'listeners',
  item: listener,
}

interface Listening {
  readonly balancer: LoadBalancer
  readonly floatingIp: string | undefined
}

const labels = labelsFrom<Listening>('__meta_openstack_', {
  loadbalancer_id: ({ balancer: b }) => b.id,
  loadbalancer_name: ({ balancer: b }) => b.name,
  loadbalancer_operating_status: ({ balancer: b }) => b.operating_status,
  loadbalancer_provisioning_status: ({ balancer: b }) => b.provisioning_status,
  loadbalancer_availability_zone: ({ balancer: b }) => b.availability_zone,
  loadbalancer_vip: ({ balancer: b }) => b.vip_address,
  loadbalancer_provider: ({ balancer: b }) => b.provider,
  // Not with commas around it, as other mechanisms have it.
  loadbalancer_tags: ({ balancer: b }) => (b.tags.length === 0 ? undefined : b.tags.join(',')),
  loadbalancer_floating_ip: (l) => l.floatingIp,
  project_id: ({ balancer: b }) => b.project_id,
})

/** Role `loadbalancer`: the load balancers of Octavia that show metrics, on a listener of protocol `PROMETHEUS`. */
export async function* loadBalancers(cloud: Cloud): AsyncGenerator<Labels> {
  const balancers = []
  for await (const balancer of cloud.list(all)) balancers.push(balancer)
  const ports = new Map<string, number>()
  for await (const { protocol, protocol_port, loadbalancers } of cloud.list(listeners)) {
    if (protocol !== 'PROMETHEUS') continue
    // The first one counts.
    for (const { id } of loadbalancers) if (!ports.has(id)) ports.set(id, protocol_port)
  }
  const floating = new Map<string, string>()
  for await (const { port_id, floating_ip_address } of cloud.list(floatingIps)) {
    if (port_id !== '') floating.set(port_id, floating_ip_address)
  }
  for (const balancer of balancers) {
    const port = ports.get(balancer.id)
    if (port === undefined) continue
    const floatingIp = floating.get(balancer.vip_port_id)
    yield {
      __address__: joinHostPort(balancer.vip_address, port),
      ...labels({ balancer, floatingIp }),
    }
  }
}
