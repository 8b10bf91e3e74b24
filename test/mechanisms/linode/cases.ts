import type { MechanismCases } from '../suite/cases.js'
import { polled, type PolledCases } from '../suite/polled.js'

const api = 'https://api.linode.com/v4'
const instances = `${api}/linode/instances?page=1&page_size=500 {"region":"us-east"}`
const events = `${api}/account/events?page=1&page_size=25 events since then`

/** What a request asks for in its header. The time in that for events is another one in each run. */
const aspect: PolledCases['aspect'] = ({ headers }) => {
  const filter = headers['x-filter']
  if (typeof filter !== 'string') return 'all'
  return /^\{"created":\s*\{"\+gte":\s*"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"\}\}$/.test(filter)
    ? 'events since then'
    : JSON.stringify(JSON.parse(filter))
}

export default {
  section: {
    least: {},
    prints: {
      follow_redirects: true,
      enable_http2: true,
      refresh_interval: '1m',
      port: 80,
      tag_separator: ',',
    },
    most: [{ region: 'r', tag_separator: 'x', refresh_interval: '2m', port: 1 }],
    refused: [[{ port: 'x' }, '1:7: port: cannot unmarshal !!str `x` into int']],
  },
  runs: [
    polled({
      config: {
        port: 9100,
        region: 'us-east',
        tag_separator: ';',
        bearer_token: 'geheim-token',
      },
      headers: { authorization: 'Bearer geheim-token' },
      aspect,
      answers: {
        [instances]: 'instances-1.json',
        [`${api}/linode/instances?page=2&page_size=500 {"region":"us-east"}`]: 'instances-2.json',
        [`${api}/networking/ips?page=1&page_size=500 {"region":"us-east"}`]: 'ips.json',
        [`${api}/networking/ipv6/ranges?page=1&page_size=500 {"region":"us-east"}`]: 'ranges.json',
      },
      // There is always an event, so that every poll lists all.
      logIn: [events],
      oracleAnswers: {
        [events]: 'events.json',
      },
      targets: [
        {
          __address__: '127.40.0.1:9100',
          __meta_linode_instance_id: '26838044',
          __meta_linode_instance_label: 'web-1',
          __meta_linode_image: 'linode/arch',
          __meta_linode_private_ipv4: '192.168.40.1',
          __meta_linode_public_ipv4: '127.40.0.1',
          __meta_linode_public_ipv6: '2001:db8:40::1',
          __meta_linode_private_ipv4_rdns: '',
          __meta_linode_public_ipv4_rdns: 'web-1.test',
          __meta_linode_public_ipv6_rdns: 'web-1-v6.test',
          __meta_linode_region: 'us-east',
          __meta_linode_type: 'g6-standard-2',
          __meta_linode_status: 'running',
          __meta_linode_group: '',
          __meta_linode_gpus: '1',
          __meta_linode_hypervisor: 'kvm',
          __meta_linode_backups: 'enabled',
          __meta_linode_specs_disk_bytes: '85899345920',
          __meta_linode_specs_memory_bytes: '4294967296',
          __meta_linode_specs_vcpus: '2',
          __meta_linode_specs_transfer_bytes: '4194304000',
          __meta_linode_tags: ';monitoring;a b;',
          __meta_linode_extra_ips: ';127.40.0.9;192.168.40.9;',
          __meta_linode_ipv6_ranges: ';2001:db8:41::/64;2001:db8:42::/56;',
        },
        {
          __address__: ':9100',
          __meta_linode_instance_id: '26838045',
          __meta_linode_instance_label: 'über "b"\\',
          __meta_linode_image: '',
          __meta_linode_private_ipv4: '192.168.40.2',
          __meta_linode_public_ipv4: '',
          __meta_linode_public_ipv6: '',
          __meta_linode_private_ipv4_rdns: '',
          __meta_linode_public_ipv4_rdns: '',
          __meta_linode_public_ipv6_rdns: '',
          __meta_linode_region: 'us-east',
          __meta_linode_type: 'g6-nanode-1',
          __meta_linode_status: 'offline',
          __meta_linode_group: 'old group',
          __meta_linode_gpus: '0',
          __meta_linode_hypervisor: 'kvm',
          __meta_linode_backups: 'disabled',
          __meta_linode_specs_disk_bytes: '0',
          __meta_linode_specs_memory_bytes: '0',
          __meta_linode_specs_vcpus: '0',
          __meta_linode_specs_transfer_bytes: '0',
        },
      ],
      empty: '{}',
      misshapen: {
        '[]': 'expected an object, got a list',
        '{"data":[{},{"prefix":"64"}]}':
          'data[1].prefix: expected a whole number up to 2^53, got a string',
      },
      endlessPages: '{"page":0,"pages":2}',
      refusals: [
        {
          status: 401,
          body: '{"errors":[{"reason":"Invalid Token"}]}',
          says: 'server returned HTTP status 401 Unauthorized: Invalid Token',
        },
        {
          status: 400,
          body: '{"errors":[{"field":"page","reason":"Must be 1 or more"},{"reason":"No such region"}]}',
          says: 'server returned HTTP status 400 Bad Request: Must be 1 or more; No such region',
        },
      ],
      failureCounter: 'prometheus_sd_linode_failures_total',
      oracle: {},
    }),
  ],
} satisfies MechanismCases
