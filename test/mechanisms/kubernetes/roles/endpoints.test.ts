import { describe, expect, it } from 'vitest'
import { endpointsGroup } from '../../../../src/mechanisms/kubernetes/roles/endpoints.js'
import {
  address,
  container,
  endpoints,
  meta,
  node,
  pod,
  podRef,
  port,
  service,
} from '../objects.js'
import { lookups, targets, short, webPod, ofWebPod, ofHttp, ofMetrics, said } from './harness.js'

describe('role endpoints', () => {
  it('has a target for each port and address, those that are not ready with that label', () => {
    const group = endpointsGroup(
      endpoints([
        {
          addresses: [
            address('127.1.0.1', { hostname: 'h', nodeName: 'n1' }),
            address('::1', { target: { kind: 'Node', namespace: '', name: 'n2' } }),
          ],
          notReadyAddresses: [address('127.1.0.2')],
          ports: [port(80, { name: 'http' }), port(53, { protocol: 'UDP' })],
        },
        { addresses: [address('127.1.0.3')] },
      ]),
      lookups(),
    )
    expect(group.source).toBe('endpoints/shop/web')
    expect(short(group.labels)).toEqual({ namespace: 'shop', endpoints_name: 'web' })
    const http = { endpoint_port_name: 'http', endpoint_port_protocol: 'TCP' }
    expect(targets(group)).toEqual([
      {
        __address__: '127.1.0.1:80',
        ...http,
        endpoint_ready: 'true',
        endpoint_hostname: 'h',
        endpoint_node_name: 'n1',
      },
      {
        __address__: '[::1]:80',
        ...http,
        endpoint_ready: 'true',
        endpoint_address_target_kind: 'Node',
        endpoint_address_target_name: 'n2',
      },
      { __address__: '127.1.0.2:80', ...http, endpoint_ready: 'false' },
      {
        __address__: '127.1.0.1:53',
        endpoint_port_protocol: 'UDP',
        endpoint_ready: 'true',
        endpoint_hostname: 'h',
        endpoint_node_name: 'n1',
      },
      {
        __address__: '[::1]:53',
        endpoint_port_protocol: 'UDP',
        endpoint_ready: 'true',
        endpoint_address_target_kind: 'Node',
        endpoint_address_target_name: 'n2',
      },
      { __address__: '127.1.0.2:53', endpoint_port_protocol: 'UDP', endpoint_ready: 'false' },
    ])
  })

  it('has the labels of the service of that name, and of the namespace where attached', () => {
    const known = {
      services: [service({ labels: ['app', 'web'] }), service({ name: 'other' })],
      namespaces: [meta({ namespace: '', name: 'shop', labels: ['team', 'blue'] })],
    }
    expect(short(endpointsGroup(endpoints([]), lookups(known)).labels)).toEqual({
      namespace: 'shop',
      service_name: 'web',
      service_label_app: 'web',
      service_labelpresent_app: 'true',
      endpoints_name: 'web',
      namespace_label_team: 'blue',
      namespace_labelpresent_team: 'true',
    })
  })

  const target = { endpoint_address_target_kind: 'Pod', endpoint_address_target_name: 'web-1' }
  const ready = { endpoint_port_protocol: 'TCP', endpoint_ready: 'true' }
  it('a pod that it names gives its labels, and a target for each other port', () => {
    const group = endpointsGroup(
      endpoints([
        { addresses: [address('127.1.0.1', { target: podRef('web-1') })], ports: [port(80)] },
      ]),
      lookups({ pods: [webPod] }),
    )
    expect(targets(group)).toEqual([
      { __address__: '127.1.0.1:80', ...ready, ...target, ...ofWebPod, ...ofHttp },
      ofMetrics,
    ])
  })

  it('a port that is named for one address of a pod needs no other target', () => {
    const group = endpointsGroup(
      endpoints([
        { addresses: [address('127.1.0.1', { target: podRef('web-1') })], ports: [port(80)] },
        { notReadyAddresses: [address('::1', { target: podRef('web-1') })], ports: [port(81)] },
      ]),
      lookups({ pods: [webPod] }),
    )
    expect(group.targets.map(({ __address__: one }) => one)).toEqual(['127.1.0.1:80', '[::1]:81'])
  })

  it('of two containers with the same port the later one counts, with the protocol of the endpoint', () => {
    const twins = pod({
      name: 'web-1',
      containers: [
        container('a', { ports: [port(80, { name: 'first' })] }),
        container('b', {
          isInit: true,
          ports: [port(80, { name: 'x', protocol: 'SCTP' }), port(80, { name: 'never' })],
        }),
      ],
    })
    const group = endpointsGroup(
      endpoints([
        {
          addresses: [address('127.1.0.1', { target: podRef('web-1') })],
          ports: [port(80, { protocol: 'UDP' })],
        },
      ]),
      lookups({ pods: [twins] }),
    )
    expect(targets(group)).toHaveLength(1)
    expect(targets(group)[0]).toMatchObject({
      pod_container_name: 'b',
      pod_container_init: 'true',
      pod_container_port_name: 'x',
      pod_container_port_protocol: 'UDP',
    })
  })

  const unknown: readonly (readonly [title: string, ref: ReturnType<typeof podRef>])[] = [
    ['a pod that is not known gives nothing', podRef('web-2')],
    ['a pod of the same name in another namespace gives nothing', podRef('web-1', 'other')],
    ['what is no pod gives nothing', { kind: 'Thing', namespace: 'shop', name: 'web-1' }],
  ]
  for (const [title, ref] of unknown) {
    it(title, () => {
      const group = endpointsGroup(
        endpoints([{ addresses: [address('127.1.0.1', { target: ref })], ports: [port(80)] }]),
        lookups({ pods: [webPod] }),
      )
      expect(group.targets).toHaveLength(1)
      expect(
        Object.keys(short(group.targets[0] ?? {})).filter((n) => n.startsWith('pod_')),
      ).toEqual([])
    })
  }

  it('a pod without an address has no targets beside those that name it', () => {
    const group = endpointsGroup(
      endpoints([
        { addresses: [address('127.1.0.1', { target: podRef('web-1') })], ports: [port(80)] },
      ]),
      lookups({ pods: [{ ...webPod, ip: '' }] }),
    )
    expect(group.targets).toHaveLength(1)
  })

  it('has the labels of the node by its name, or else of the node that it is', () => {
    const nodes = [node({ labels: ['zone', 'a'] }), node({ name: 'n2' })]
    const group = endpointsGroup(
      endpoints([
        {
          addresses: [
            address('127.1.0.1', {
              nodeName: 'n1',
              target: { kind: 'Node', namespace: '', name: 'n2' },
            }),
            address('127.1.0.2', { target: { kind: 'Node', namespace: '', name: 'n2' } }),
            address('127.1.0.3', { nodeName: 'n3' }),
          ],
          ports: [port(80)],
        },
      ]),
      lookups({ nodes }),
    )
    expect(
      targets(group).map(({ node_name: name, node_label_zone: zone }) => [name, zone]),
    ).toEqual([
      ['n1', 'a'],
      ['n2', undefined],
      [undefined, undefined],
    ])
  })

  it('warns where the server left some out', () => {
    expect(said('truncated')).toContain('has been truncated')
    expect(said('warning')).toContain('exceeds 1000, please use "role: endpointslice" instead')
    expect(said('fine')).toBeUndefined()
  })
})
