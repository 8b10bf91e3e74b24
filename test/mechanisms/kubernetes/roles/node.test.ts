import { describe, expect, it } from 'vitest'
import type { Labels } from '../../../../src/labels/index.js'
import type { Node } from '../../../../src/mechanisms/kubernetes/objects.js'
import { nodeGroup, withoutAddress } from '../../../../src/mechanisms/kubernetes/roles/node.js'
import { node } from '../objects.js'
import { lookups, targets, short, withAddresses } from './harness.js'

describe('role node', () => {
  const addresses: readonly (readonly [title: string, node: Partial<Node>, target: Labels])[] = [
    [
      'its address is the internal IP and the port of the kubelet',
      withAddresses('Hostname', 'ExternalIP', 'InternalIP'),
      {
        __address__: '127.9.0.3:10250',
        instance: 'n1',
        node_address_Hostname: '127.9.0.1',
        node_address_ExternalIP: '127.9.0.2',
        node_address_InternalIP: '127.9.0.3',
      },
    ],
    [
      'an internal name comes before an external IP',
      withAddresses('ExternalIP', 'InternalDNS'),
      {
        __address__: '127.9.0.2:10250',
        instance: 'n1',
        node_address_ExternalIP: '127.9.0.1',
        node_address_InternalDNS: '127.9.0.2',
      },
    ],
    [
      'a hostname counts last, and a type of its own has a label alone',
      withAddresses('Fancy-Type', 'Hostname', 'LegacyHostIP'),
      {
        __address__: '127.9.0.3:10250',
        instance: 'n1',
        node_address_Fancy_Type: '127.9.0.1',
        node_address_Hostname: '127.9.0.2',
        node_address_LegacyHostIP: '127.9.0.3',
      },
    ],
    [
      'of several addresses of a type the first one counts',
      withAddresses('InternalIP', 'InternalIP'),
      { __address__: '127.9.0.1:10250', instance: 'n1', node_address_InternalIP: '127.9.0.1' },
    ],
    [
      'an IPv6 address has brackets, and a port that is not known is 0',
      { addresses: [{ type: 'InternalIP', address: '::1' }], kubeletPort: 0 },
      { __address__: '[::1]:0', instance: 'n1', node_address_InternalIP: '::1' },
    ],
  ]
  for (const [title, more, target] of addresses) {
    it(title, () => {
      const group = nodeGroup(node(more), lookups())
      expect(group?.source).toBe('node/n1')
      expect(targets(group)).toEqual([target])
    })
  }

  it('a node without an address that counts keeps the group it had, with a warning', () => {
    for (const one of [node(withAddresses()), node(withAddresses('Fancy'))]) {
      expect(nodeGroup(one, lookups())).toBeUndefined()
      expect(withoutAddress(one)).toBe('No node address found')
    }
    expect(withoutAddress(node())).toBeUndefined()
  })

  it('its conditions are labels in lower case, the last one of a name', () => {
    const group = nodeGroup(
      node({
        providerId: 'kind://1',
        conditions: [
          { type: 'Ready', status: 'True' },
          { type: 'NetworkUnavailable', status: 'Unknown' },
          { type: 'Odd-Type', status: 'False' },
          { type: 'odd.type', status: 'True' },
        ],
      }),
      lookups(),
    )
    expect(short(group?.labels ?? {})).toEqual({
      node_name: 'n1',
      node_provider_id: 'kind://1',
      node_condition_ready: 'true',
      node_condition_networkunavailable: 'unknown',
      node_condition_odd_type: 'true',
    })
  })
})
