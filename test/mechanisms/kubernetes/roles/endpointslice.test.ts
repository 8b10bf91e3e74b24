import { describe, expect, it } from 'vitest'
import type { Service } from '../../../../src/mechanisms/kubernetes/objects.js'
import { endpointSliceGroup } from '../../../../src/mechanisms/kubernetes/roles/endpointslice.js'
import { node, podRef, port, service, slice, sliceEndpoint } from '../objects.js'
import { lookups, targets, short, webPod, ofWebPod, ofHttp, ofMetrics } from './harness.js'

describe('role endpointslice', () => {
  const service1 = ['kubernetes.io/service-name', 'web']

  it('has a target for each endpoint, port and address, with what is known of each', () => {
    const group = endpointSliceGroup(
      slice({
        endpoints: [
          sliceEndpoint({
            addresses: ['127.1.0.1', '127.1.0.2'],
            ready: true,
            serving: true,
            terminating: false,
            hostname: 'h',
            nodeName: 'n1',
            zone: 'z',
            topology: ['topology.kubernetes.io/zone', 'z'],
          }),
          sliceEndpoint({ addresses: ['127.1.0.3'], ready: false }),
        ],
        ports: [port(80, { name: 'http', appProtocol: 'h2c' }), port(undefined, { protocol: '' })],
      }),
      lookups(),
    )
    const http = {
      endpointslice_port_name: 'http',
      endpointslice_port_protocol: 'TCP',
      endpointslice_port: '80',
      endpointslice_port_app_protocol: 'h2c',
    }
    const first = {
      endpointslice_endpoint_conditions_ready: 'true',
      endpointslice_endpoint_conditions_serving: 'true',
      endpointslice_endpoint_conditions_terminating: 'false',
      endpointslice_endpoint_hostname: 'h',
      endpointslice_endpoint_node_name: 'n1',
      endpointslice_endpoint_zone: 'z',
      endpointslice_endpoint_topology_topology_kubernetes_io_zone: 'z',
      endpointslice_endpoint_topology_present_topology_kubernetes_io_zone: 'true',
    }
    const second = { endpointslice_endpoint_conditions_ready: 'false' }
    expect(group.source).toBe('endpointslice/shop/web-abc')
    expect(short(group.labels)).toEqual({
      namespace: 'shop',
      endpointslice_name: 'web-abc',
      endpointslice_address_type: 'IPv4',
    })
    expect(targets(group)).toEqual([
      { __address__: '127.1.0.1:80', ...http, ...first },
      { __address__: '127.1.0.2:80', ...http, ...first },
      { __address__: '127.1.0.1', ...first },
      { __address__: '127.1.0.2', ...first },
      { __address__: '127.1.0.3:80', ...http, ...second },
      { __address__: '127.1.0.3', ...second },
    ])
  })

  it('has no targets without ports', () => {
    expect(endpointSliceGroup(slice({ ports: [] }), lookups()).targets).toEqual([])
  })

  it('has the labels of the service that it says it belongs to', () => {
    const services = [service({ labels: ['app', 'web'] })]
    const labelled = slice({ labels: service1 })
    expect(short(endpointSliceGroup(labelled, lookups({ services })).labels)).toMatchObject({
      service_name: 'web',
      service_label_app: 'web',
      endpointslice_label_kubernetes_io_service_name: 'web',
    })
    expect(short(endpointSliceGroup(slice(), lookups({ services })).labels)).not.toHaveProperty(
      'service_name',
    )
  })

  const families: readonly (readonly [
    title: string,
    type: string,
    service: Partial<Service>,
    targets: number,
  ])[] = [
    ['a slice of a service with one family has targets', 'IPv6', {}, 1],
    [
      'the slice of the first family of two has targets',
      'IPv6',
      { ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv6', 'IPv4'] },
      1,
    ],
    [
      'the slice of the second family has none',
      'IPv6',
      { ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv4', 'IPv6'] },
      0,
    ],
    [
      'nor where both families are required',
      'IPv4',
      { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'] },
      0,
    ],
    [
      'a service that does not say its families has targets of all',
      'IPv6',
      { ipFamilyPolicy: 'PreferDualStack', ipFamilies: [] },
      1,
    ],
    [
      'a service of an old server has targets of all',
      'IPv6',
      { ipFamilyPolicy: '', ipFamilies: ['IPv4', 'IPv6'] },
      1,
    ],
  ]
  for (const [title, addressType, more, count] of families) {
    it(title, () => {
      const group = endpointSliceGroup(
        slice({ addressType, labels: service1 }),
        lookups({ services: [service(more)] }),
      )
      expect(group.targets).toHaveLength(count)
      expect(group.labels).toMatchObject({ __meta_kubernetes_service_name: 'web' })
    })
  }

  it('a pod that it names gives its labels, and a target for each other port', () => {
    const group = endpointSliceGroup(
      slice({
        endpoints: [sliceEndpoint({ target: podRef('web-1') })],
        ports: [port(80, { protocol: 'UDP' }), port(undefined)],
      }),
      lookups({ pods: [webPod] }),
    )
    const target = {
      endpointslice_address_target_kind: 'Pod',
      endpointslice_address_target_name: 'web-1',
    }
    expect(targets(group)).toEqual([
      {
        __address__: '127.1.0.1:80',
        endpointslice_port: '80',
        endpointslice_port_protocol: 'UDP',
        ...target,
        ...ofWebPod,
        // The protocol of the container.
        ...ofHttp,
      },
      {
        __address__: '127.1.0.1',
        endpointslice_port_protocol: 'TCP',
        ...target,
        ...ofWebPod,
      },
      ofMetrics,
    ])
  })

  it('has the labels of the node that it is, or else of the node by its name', () => {
    const nodes = [node(), node({ name: 'n2' })]
    const group = endpointSliceGroup(
      slice({
        endpoints: [
          sliceEndpoint({ nodeName: 'n1', target: { kind: 'Node', namespace: '', name: 'n2' } }),
          sliceEndpoint({ nodeName: 'n1' }),
          sliceEndpoint(),
        ],
      }),
      lookups({ nodes }),
    )
    expect(targets(group).map(({ node_name: name }) => name)).toEqual(['n2', 'n1', undefined])
  })
})
