import type { TargetGroup } from '../../../discovery/groups/target-group.js'
import { joinHostPort } from '../../../go/host-port.js'
import type { Service } from '../objects.js'
import { addMeta } from './label-maker.js'
import { addNamespace, keyOf, type Lookups } from './lookups.js'

/** A target for each port, at the service's name in the cluster's DNS. */
export function serviceGroup(service: Service, lookups: Lookups): TargetGroup {
  const { maker } = lookups
  const pairs: string[] = []
  addService(pairs, service, lookups)
  addNamespace(pairs, service.namespace, lookups)
  const host = `${service.name}.${service.namespace}.svc`
  const targets = service.ports.map(({ name, number = 0, protocol }) => {
    const port = maker.port(number)
    return {
      __address__: joinHostPort(host, port),
      __meta_kubernetes_service_port_name: name,
      __meta_kubernetes_service_port_number: port,
      __meta_kubernetes_service_port_protocol: protocol,
      __meta_kubernetes_service_type: service.type,
      ...(service.type === 'ExternalName'
        ? { __meta_kubernetes_service_external_name: service.externalName }
        : { __meta_kubernetes_service_cluster_ip: service.clusterIp }),
      ...(service.type === 'LoadBalancer' && {
        __meta_kubernetes_service_loadbalancer_ip: balancerIps(service),
      }),
    }
  })
  return { source: `svc/${keyOf(service)}`, labels: maker.labels(pairs), targets }
}

/** The labels of a service itself. */
export function addService(pairs: string[], service: Service, { maker }: Lookups): void {
  pairs.push('__meta_kubernetes_namespace', service.namespace)
  addMeta(pairs, maker.service, service)
}

/** Those that the load balancer has, or else the one that it was asked for. */
function balancerIps({ ingressIps, loadBalancerIp }: Service): string {
  const ips = ingressIps.filter((ip) => ip !== '')
  return ips.length > 0 ? ips.join(',') : loadBalancerIp
}
