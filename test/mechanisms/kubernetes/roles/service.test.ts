import { describe, expect, it } from 'vitest'
import type { Labels } from '../../../../src/labels/index.js'
import type { Service } from '../../../../src/mechanisms/kubernetes/objects.js'
import { serviceGroup } from '../../../../src/mechanisms/kubernetes/roles/service.js'
import { meta, port, service } from '../objects.js'
import { lookups, targets, short } from './harness.js'

describe('role service', () => {
  const cases: readonly (readonly [title: string, service: Partial<Service>, targets: Labels[]])[] =
    [
      [
        'has a target for each port, at its name in the DNS of the cluster',
        { ports: [port(80, { name: 'http' }), port(53, { protocol: 'UDP' })] },
        [
          {
            __address__: 'web.shop.svc:80',
            service_port_name: 'http',
            service_port_number: '80',
            service_port_protocol: 'TCP',
            service_type: 'ClusterIP',
            service_cluster_ip: '127.8.0.1',
          },
          {
            __address__: 'web.shop.svc:53',
            service_port_number: '53',
            service_port_protocol: 'UDP',
            service_type: 'ClusterIP',
            service_cluster_ip: '127.8.0.1',
          },
        ],
      ],
      ['has no targets without ports', { ports: [] }, []],
      [
        'a headless one says so',
        { clusterIp: 'None' },
        [
          {
            __address__: 'web.shop.svc:80',
            service_port_number: '80',
            service_port_protocol: 'TCP',
            service_type: 'ClusterIP',
            service_cluster_ip: 'None',
          },
        ],
      ],
      [
        'one for a name outside has that name and no IP',
        { type: 'ExternalName', externalName: 'db.example.com', clusterIp: 'x' },
        [
          {
            __address__: 'web.shop.svc:80',
            service_port_number: '80',
            service_port_protocol: 'TCP',
            service_type: 'ExternalName',
            service_external_name: 'db.example.com',
          },
        ],
      ],
      [
        'one with a load balancer has the IPs of that',
        { type: 'LoadBalancer', loadBalancerIp: '127.7.0.1', ingressIps: ['127.7.0.2', '', '::1'] },
        [
          {
            __address__: 'web.shop.svc:80',
            service_port_number: '80',
            service_port_protocol: 'TCP',
            service_type: 'LoadBalancer',
            service_cluster_ip: '127.8.0.1',
            service_loadbalancer_ip: '127.7.0.2,::1',
          },
        ],
      ],
      [
        'one whose load balancer has no IP yet has the one that was asked for',
        { type: 'LoadBalancer', loadBalancerIp: '127.7.0.1', ingressIps: [''] },
        [
          {
            __address__: 'web.shop.svc:80',
            service_port_number: '80',
            service_port_protocol: 'TCP',
            service_type: 'LoadBalancer',
            service_cluster_ip: '127.8.0.1',
            service_loadbalancer_ip: '127.7.0.1',
          },
        ],
      ],
    ]
  for (const [title, more, expected] of cases) {
    it(title, () => {
      const group = serviceGroup(service(more), lookups())
      expect(group.source).toBe('svc/shop/web')
      expect(targets(group)).toEqual(expected)
      expect(short(group.labels)).toEqual({ namespace: 'shop', service_name: 'web' })
    })
  }

  it('has the labels of its namespace where they are attached', () => {
    const namespaces = [meta({ namespace: '', name: 'shop', annotations: ['a', 'b'] })]
    expect(short(serviceGroup(service(), lookups({ namespaces })).labels)).toEqual({
      namespace: 'shop',
      namespace_annotation_a: 'b',
      namespace_annotationpresent_a: 'true',
      service_name: 'web',
    })
  })
})
