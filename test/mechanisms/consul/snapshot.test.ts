import { describe, expect, it } from 'vitest'
import { asDatacenter, asServiceEntries } from '../../../src/mechanisms/consul/answers.js'
import {
  aggregatedStatus,
  LabelNames,
  ServiceSnapshot,
} from '../../../src/mechanisms/consul/snapshot.js'

const full = {
  Node: {
    Node: 'node-1',
    Address: '10.0.0.1',
    Meta: { 'rack name': 'r1', __proto: 'x' },
    TaggedAddresses: { lan: '10.0.0.1', 'wan-v6': '::1' },
  },
  Service: {
    ID: 'web-1',
    Service: 'web',
    Address: '10.1.0.1',
    Port: 8080,
    Tags: ['a', 'b'],
    Meta: { version: '1', constructor: 'c' },
    Namespace: 'ns1',
    Partition: 'p1',
  },
  Checks: [{ CheckID: 'c', Status: 'warning' }],
}

function labelsOf(entry: unknown, separator = ','): unknown {
  const snapshot = new ServiceSnapshot('web', 'dc1', asServiceEntries([entry]), new LabelNames())
  return snapshot.group(separator).targets[0]
}

describe('an answer of a wrong type names the place', () => {
  it.each<readonly [place: string, entry: unknown, expected: string]>([
    [
      '[1].Service.Port',
      { Node: {}, Service: { Port: '80' } },
      'expected a whole number up to 2^53, got a string',
    ],
    [
      '[1].Service.Port',
      { Node: {}, Service: { Port: 1.5 } },
      'expected a whole number up to 2^53, got a fraction',
    ],
    ['[1].Node', { Node: 'a', Service: {} }, 'expected an object, got a string'],
    ['[1].Node', { Service: {} }, 'expected an object, got nothing'],
    ['[1].Service', { Node: {}, Service: null }, 'expected an object, got nothing'],
    ['[1].Service', { Node: {}, Service: [] }, 'expected an object, got a list'],
    [
      '[1].Service.Tags[1]',
      { Node: {}, Service: { Tags: ['a', 5] } },
      'expected a string, got a number',
    ],
    [
      '[1].Service.Meta["a"]',
      { Node: {}, Service: { Meta: { a: {} } } },
      'expected a string, got an object',
    ],
    ['[1].Node.Address', { Node: { Address: 5 }, Service: {} }, 'expected a string, got a number'],
    ['[1].Checks[0]', { Node: {}, Service: {}, Checks: ['x'] }, 'expected an object, got a string'],
    ['[1].Checks', { Node: {}, Service: {}, Checks: 5 }, 'expected a list, got a number'],
    ['[1]', 'x', 'expected an object, got a string'],
    ['[1]', null, 'expected an object, got nothing'],
    ['[1]', { Node: { Address: null }, Service: {} }, 'a text or a list in it is null'],
  ])('%s', (place, entry, expected) => {
    const answer = [{ Node: {}, Service: {} }, entry]
    expect(() => asServiceEntries(answer)).toThrow(
      ` where an instance was expected: ${place}: ${expected}`,
    )
  })
})

describe('ServiceSnapshot', () => {
  it('gives every label', () => {
    const snapshot = new ServiceSnapshot('web', 'dc1', asServiceEntries([full]), new LabelNames())
    expect(snapshot.group(',')).toEqual({
      source: 'web',
      labels: { __meta_consul_service: 'web', __meta_consul_dc: 'dc1' },
      targets: [
        {
          __address__: '10.1.0.1:8080',
          __meta_consul_address: '10.0.0.1',
          __meta_consul_node: 'node-1',
          __meta_consul_namespace: 'ns1',
          __meta_consul_partition: 'p1',
          __meta_consul_tags: ',a,b,',
          __meta_consul_service_address: '10.1.0.1',
          __meta_consul_service_port: '8080',
          __meta_consul_service_id: 'web-1',
          __meta_consul_health: 'warning',
          __meta_consul_metadata_rack_name: 'r1',
          __meta_consul_metadata___proto: 'x',
          __meta_consul_service_metadata_version: '1',
          __meta_consul_service_metadata_constructor: 'c',
          __meta_consul_tagged_address_lan: '10.0.0.1',
          __meta_consul_tagged_address_wan_v6: '::1',
        },
      ],
    })
  })

  it.each([
    ['the node address without one of its own', { Address: '' }, '10.0.0.1:8080'],
    ['brackets around IPv6', { Address: 'fd00::1' }, '[fd00::1]:8080'],
    ['port 0', { Port: 0 }, '10.1.0.1:0'],
  ])('has %s in the address', (_, service, address) => {
    const entry = { ...full, Service: { ...full.Service, ...service } }
    expect(labelsOf(entry)).toMatchObject({ __address__: address })
  })

  it.each([
    ['commas', ['a', 'b'], ',', ',a,b,'],
    ['another separator', ['a', 'b'], ';', ';a;b;'],
    ['an empty separator', ['a', 'b'], '', 'ab'],
    ['no tags, which gives two separators', [], ',', ',,'],
    ['tags that are null', null, ',', ',,'],
  ])('joins tags with %s', (_, Tags, separator, joined) => {
    const entry = { ...full, Service: { ...full.Service, Tags } }
    expect(labelsOf(entry, separator)).toMatchObject({ __meta_consul_tags: joined })
  })

  it('serves several separators from one answer, and gives each the same group again', () => {
    const snapshot = new ServiceSnapshot('web', 'dc1', asServiceEntries([full]), new LabelNames())
    expect(snapshot.group(';').targets[0]).toMatchObject({ __meta_consul_tags: ';a;b;' })
    expect(snapshot.group(',').targets[0]).toMatchObject({ __meta_consul_tags: ',a,b,' })
    expect(snapshot.group(';')).toBe(snapshot.group(';'))
  })
})

describe('aggregatedStatus', () => {
  it.each([
    ['no checks', [], 'passing'],
    ['the worst', ['passing', 'critical', 'warning'], 'critical'],
    ['a warning', ['warning', 'passing'], 'warning'],
    ['an unknown status', ['critical', 'odd'], ''],
    ['maintenance of the node', ['critical', '_node_maintenance'], 'maintenance'],
    ['maintenance of the service', ['_service_maintenance:web', 'passing'], 'maintenance'],
    ['maintenance and an unknown status', ['_node_maintenance', 'odd'], ''],
  ])('of %s', (_, checks, expected) => {
    const list = checks.map((check) =>
      check.startsWith('_')
        ? { CheckID: check, Status: 'critical' }
        : { CheckID: 'c', Status: check },
    )
    expect(aggregatedStatus(list)).toBe(expected)
  })
})

describe('what Consul answers', () => {
  it('may be null where there is nothing', () => {
    expect(asServiceEntries(null)).toEqual([])
  })

  it.each<[string, () => unknown]>([
    ['an object for a list', () => asServiceEntries({})],
    ['an instance without a node', () => asServiceEntries([{ Service: {} }])],
    ['an instance without a service', () => asServiceEntries([{ Node: {} }])],
    ['a port that is a text', () => asServiceEntries([{ Node: {}, Service: { Port: '80' } }])],
    [
      'metadata that is no text',
      () => asServiceEntries([{ Node: { Meta: { a: 1 } }, Service: {} }]),
    ],
    ['tags that are no texts', () => asServiceEntries([{ Node: {}, Service: { Tags: [1] } }])],
    ['an agent without a datacenter', () => asDatacenter({ Config: {} })],
  ])('is refused as a whole: %s', (_, read) => {
    expect(read).toThrow(expect.objectContaining({ code: 'ERR_DISCOVERY_CONSUL', fault: 'answer' }))
  })

  it('names a datacenter that is none as Prometheus does', () => {
    expect(() => asDatacenter({ Config: { Datacenter: 5 } })).toThrow(
      "invalid value '5' for Config.Datacenter",
    )
  })
})
