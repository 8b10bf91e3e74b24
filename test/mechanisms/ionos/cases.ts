import type { MechanismCases } from '../suite/cases.js'
import { polled } from '../suite/polled.js'

const config = { port: 9100, basic_auth: { username: 'u', password: 'geheim' } }
const headers = { authorization: `Basic ${btoa('u:geheim')}` }
const servers = 'https://api.ionos.com/cloudapi/v6/datacenters/dc-1/servers'
const bare = 'https://api.ionos.com/cloudapi/v6/datacenters/a%2Fb/servers'
const pageOf = (offset: number): string => `?depth=3&limit=1000&offset=${String(offset)}`
const refusals = [
  {
    status: 401,
    body: '{"httpStatus":401,"messages":[{"errorCode":"315","message":"Unauthorized"},{"message":"b"}]}',
    says: 'server returned HTTP status 401 Unauthorized: Unauthorized; b',
  },
]

export default {
  section: {
    least: { datacenter_id: 'a' },
    prints: {
      datacenter_id: 'a',
      follow_redirects: true,
      enable_http2: true,
      refresh_interval: '1m',
      port: 80,
    },
    most: [{ datacenter_id: 'a', refresh_interval: '2m', port: 1 }],
    refused: [[{ port: 1 }, "1:1: datacenter id can't be empty"]],
  },
  runs: [
    polled({
      config: { ...config, datacenter_id: 'dc-1' },
      headers,
      answers: {
        [servers + pageOf(0)]: 'servers-1.json',
        [servers + pageOf(2)]: 'servers-2.json',
      },
      // Prometheus asks for one page.
      oracleAnswers: { [`${servers}?depth=3&limit=1000&offset=0&pretty=true`]: 'servers-all.json' },
      targets: [
        {
          __address__: '127.50.0.3:9100',
          __meta_ionos_server_availability_zone: 'ZONE_1',
          __meta_ionos_server_boot_image_id: 'img-1',
          __meta_ionos_server_boot_volume_id: 'vol-1',
          __meta_ionos_server_cpu_family: 'INTEL_SKYLAKE',
          __meta_ionos_server_id: 'srv-1',
          __meta_ionos_server_ip: ',127.50.0.3,2001:db8:50::1,127.50.0.1,127.50.0.2,',
          __meta_ionos_server_lifecycle: 'AVAILABLE',
          __meta_ionos_server_name: 'web-1',
          __meta_ionos_server_nic_ip_metrics_net_1: ',127.50.0.3,127.50.0.1,127.50.0.2,',
          __meta_ionos_server_nic_ip_no_address: ',,',
          __meta_ionos_server_nic_ip_unnamed: ',2001:db8:50::1,',
          __meta_ionos_server_servers_id: 'dc-1/servers',
          __meta_ionos_server_state: 'RUNNING',
          __meta_ionos_server_type: 'ENTERPRISE',
        },
        {
          __address__: '127.50.1.1:9100',
          __meta_ionos_server_availability_zone: 'AUTO',
          __meta_ionos_server_boot_cdrom_id: 'cd-1',
          __meta_ionos_server_cpu_family: 'AMD_EPYC',
          __meta_ionos_server_id: 'srv-3',
          __meta_ionos_server_ip: ',127.50.1.1,',
          __meta_ionos_server_lifecycle: 'AVAILABLE',
          __meta_ionos_server_name: 'über "b"\\',
          __meta_ionos_server_nic_ip_unnamed: ',127.50.1.1,',
          __meta_ionos_server_servers_id: 'dc-1/servers',
          __meta_ionos_server_state: 'SHUTOFF',
          __meta_ionos_server_type: 'VCPU',
        },
      ],
      empty: '{}',
      misshapen: {
        '[]': 'expected an object, got a list',
        '{"items":[{},{"properties":{"name":1}}]}':
          'items[1].properties.name: expected a string, got a number',
      },
      endlessPages: '{"items":[{}],"offset":-1,"limit":1}',
      refusals,
      oracle: {},
    }),
    polled({
      title: 'with servers that lack most fields',
      config: { ...config, datacenter_id: 'a/b' },
      headers,
      answers: { [bare + pageOf(0)]: 'bare.json' },
      targets: [
        {
          __address__: '127.50.2.1:9100',
          __meta_ionos_server_availability_zone: '',
          __meta_ionos_server_cpu_family: '',
          __meta_ionos_server_id: '',
          __meta_ionos_server_ip: ',127.50.2.1,',
          __meta_ionos_server_lifecycle: '',
          __meta_ionos_server_name: '',
          __meta_ionos_server_nic_ip_unnamed: ',127.50.2.1,',
          __meta_ionos_server_servers_id: '',
          __meta_ionos_server_state: '',
          __meta_ionos_server_type: '',
        },
      ],
      empty: '{}',
      misshapen: { '{"items":{}}': 'items: expected a list, got an object' },
      refusals,
      sameLabels: true,
      oracle: 'Such a server ends the process of Prometheus.',
    }),
  ],
  families: { __meta_ionos_server_nic_ip_: 'name of the NIC' },
} satisfies MechanismCases
