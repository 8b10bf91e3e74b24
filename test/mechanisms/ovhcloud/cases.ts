import { createHash } from 'node:crypto'
import type { MechanismCases } from '../suite/cases.js'
import { polled, type PolledCases } from '../suite/polled.js'

const direct: PolledCases['direct'] = { listen: 'http', config: (origin) => ({ endpoint: origin }) }
const account = {
  application_key: 'an application',
  application_secret: 'geheim-s',
  consumer_key: 'geheim-c',
}
const headers = { 'x-ovh-application': 'an application' }
const refusals = [
  {
    status: 403,
    body: '{"message":"This credential is not valid","httpCode":"403 Forbidden"}',
    says: 'server returned HTTP status 403 Forbidden: This credential is not valid',
  },
]

/** Whether a request has the signature of this secret, at a time within a minute of that of the server. */
const aspect: PolledCases['aspect'] = ({ url, headers: sent }) => {
  const time = Number(sent['x-ovh-timestamp'])
  const text = `geheim-s+${String(sent['x-ovh-consumer'])}+GET+${url}++${String(time)}`
  const signature = `$1$${createHash('sha1').update(text).digest('hex')}`
  const isRight =
    sent['x-ovh-signature'] === signature &&
    sent['x-ovh-consumer'] === 'geheim-c' &&
    Math.abs(time - 1_700_000_000) < 60
  return isRight ? 'signed' : 'unsigned'
}

export default {
  section: {
    least: {
      application_key: 'a',
      application_secret: 'geheim',
      consumer_key: 'geheim',
      service: 'dedicated_server',
    },
    prints: {
      endpoint: 'ovh-eu',
      application_key: 'a',
      application_secret: '<secret>',
      consumer_key: '<secret>',
      refresh_interval: '1m',
      service: 'dedicated_server',
    },
    most: [
      {
        endpoint: 'ovh-ca',
        application_key: 'a',
        application_secret: 'geheim',
        consumer_key: 'geheim',
        service: 'vps',
        refresh_interval: '1d',
      },
    ],
    refused: [
      [
        {
          endpoint: '',
          application_key: 'a',
          application_secret: 'b',
          consumer_key: 'c',
          service: 'vps',
        },
        '1:1: endpoint: endpoint can not be empty',
      ],
      [
        { application_secret: 'b', consumer_key: 'c', service: 'vps' },
        '1:1: application key can not be empty',
      ],
      [
        { application_key: 'a', consumer_key: 'b', service: 'vps' },
        '1:1: application secret can not be empty',
      ],
      [
        { application_key: 'a', application_secret: 'b', service: 'vps' },
        '1:1: consumer key can not be empty',
      ],
      [
        {
          application_key: 'a',
          application_secret: 'b',
          consumer_key: 'c',
          service: 'fakeservice',
        },
        '4:1: service: unknown service: fakeservice',
      ],
    ],
  },
  runs: [
    polled({
      title: 'with service vps',
      config: { ...account, service: 'vps' },
      headers,
      direct,
      aspect,
      answers: {
        'http://api.test/auth/time unsigned': 'time.json',
        'http://api.test/vps signed': 'vps.json',
        'http://api.test/vps/vps-1.vps.ovh.net signed': 'vps-1.json',
        'http://api.test/vps/vps-1.vps.ovh.net/ips signed': 'vps-1-ips.json',
        'http://api.test/vps/vps%20%26%202 signed': 'vps-2.json',
        'http://api.test/vps/vps%20%26%202/ips signed': 'vps-2-ips.json',
      },
      oracleAnswers: {
        'http://api.test/vps/vps+%26+2 signed': 'vps-2.json',
        'http://api.test/vps/vps+%26+2/ips signed': 'vps-2-ips.json',
      },
      ofOneTarget: [
        'http://api.test/vps/vps-1.vps.ovh.net signed',
        'http://api.test/vps/vps-1.vps.ovh.net/ips signed',
        'http://api.test/vps/vps%20%26%202 signed',
        'http://api.test/vps/vps%20%26%202/ips signed',
      ],
      logIn: ['http://api.test/auth/time unsigned'],
      targets: [
        {
          __address__: '127.80.0.2',
          instance: 'vps-1.vps.ovh.net',
          __meta_ovhcloud_vps_cluster: 'cluster_1',
          __meta_ovhcloud_vps_datacenter: '[gra sbg]',
          __meta_ovhcloud_vps_disk: '40',
          __meta_ovhcloud_vps_display_name: 'web 1',
          __meta_ovhcloud_vps_ipv4: '127.80.0.2',
          __meta_ovhcloud_vps_ipv6: '2001:db8:80::1',
          __meta_ovhcloud_vps_maximum_additional_ip: '16',
          __meta_ovhcloud_vps_memory: '2048',
          __meta_ovhcloud_vps_memory_limit: '2048',
          __meta_ovhcloud_vps_model_name: 'vps-value-1-2-40',
          __meta_ovhcloud_vps_model_vcore: '1',
          __meta_ovhcloud_vps_name: 'vps-1.vps.ovh.net',
          __meta_ovhcloud_vps_netboot_mode: 'local',
          __meta_ovhcloud_vps_offer: 'VPS abc',
          __meta_ovhcloud_vps_offer_type: 'ssd',
          __meta_ovhcloud_vps_state: 'running',
          __meta_ovhcloud_vps_vcore: '1',
          __meta_ovhcloud_vps_version: '2019v1',
          __meta_ovhcloud_vps_zone: 'Region OpenStack: os-gra1',
        },
        {
          __address__: '2001:db8:80::2',
          instance: 'vps & 2',
          __meta_ovhcloud_vps_cluster: '',
          __meta_ovhcloud_vps_datacenter: '[]',
          __meta_ovhcloud_vps_disk: '0',
          __meta_ovhcloud_vps_display_name: 'über "b"\\',
          __meta_ovhcloud_vps_ipv4: '',
          __meta_ovhcloud_vps_ipv6: '2001:db8:80::2',
          __meta_ovhcloud_vps_maximum_additional_ip: '0',
          __meta_ovhcloud_vps_memory: '0',
          __meta_ovhcloud_vps_memory_limit: '0',
          __meta_ovhcloud_vps_model_name: '',
          __meta_ovhcloud_vps_model_vcore: '0',
          __meta_ovhcloud_vps_name: 'vps & 2',
          __meta_ovhcloud_vps_netboot_mode: '',
          __meta_ovhcloud_vps_offer: '',
          __meta_ovhcloud_vps_offer_type: '',
          __meta_ovhcloud_vps_state: '',
          __meta_ovhcloud_vps_vcore: '0',
          __meta_ovhcloud_vps_version: '',
          __meta_ovhcloud_vps_zone: '',
        },
      ],
      empty: '[]',
      misshapen: {
        '{}': 'expected a list, got an object',
        '["a",1]': '[1]: expected a string, got a number',
      },
      refusals,
      oracle: {},
    }),
    polled({
      title: 'with service dedicated_server',
      config: { ...account, service: 'dedicated_server' },
      headers,
      direct,
      aspect,
      answers: {
        'http://api.test/auth/time unsigned': 'time.json',
        'http://api.test/dedicated/server signed': 'dedicated.json',
        'http://api.test/dedicated/server/ns1.ip-127-81-0.eu signed': 'dedicated-1.json',
        'http://api.test/dedicated/server/ns1.ip-127-81-0.eu/ips signed': 'dedicated-1-ips.json',
        'http://api.test/dedicated/server/ns2 signed': 'dedicated-2.json',
        'http://api.test/dedicated/server/ns2/ips signed': 'dedicated-2-ips.json',
      },
      ofOneTarget: [
        'http://api.test/dedicated/server/ns1.ip-127-81-0.eu signed',
        'http://api.test/dedicated/server/ns1.ip-127-81-0.eu/ips signed',
        'http://api.test/dedicated/server/ns2 signed',
        'http://api.test/dedicated/server/ns2/ips signed',
      ],
      logIn: ['http://api.test/auth/time unsigned'],
      targets: [
        {
          __address__: '127.81.0.1',
          instance: 'ns1.ip-127-81-0.eu',
          __meta_ovhcloud_dedicated_server_commercial_range: 'ADVANCE-1 | AMD EPYC 4244P',
          __meta_ovhcloud_dedicated_server_datacenter: 'gra3',
          __meta_ovhcloud_dedicated_server_ipv4: '127.81.0.1',
          __meta_ovhcloud_dedicated_server_ipv6: '2001:db8:81::1',
          __meta_ovhcloud_dedicated_server_link_speed: '1000',
          __meta_ovhcloud_dedicated_server_name: 'ns1.ip-127-81-0.eu',
          __meta_ovhcloud_dedicated_server_no_intervention: 'true',
          __meta_ovhcloud_dedicated_server_os: 'debian12_64',
          __meta_ovhcloud_dedicated_server_rack: 'G130A12',
          __meta_ovhcloud_dedicated_server_reverse: 'db-1.test.',
          __meta_ovhcloud_dedicated_server_server_id: '9007199254740995',
          __meta_ovhcloud_dedicated_server_state: 'ok',
          __meta_ovhcloud_dedicated_server_support_level: 'pro',
        },
        {
          __address__: '127.81.0.2',
          instance: 'ns2',
          __meta_ovhcloud_dedicated_server_commercial_range: '',
          __meta_ovhcloud_dedicated_server_datacenter: '',
          __meta_ovhcloud_dedicated_server_ipv4: '127.81.0.2',
          __meta_ovhcloud_dedicated_server_ipv6: '',
          __meta_ovhcloud_dedicated_server_link_speed: '0',
          __meta_ovhcloud_dedicated_server_name: 'ns2',
          __meta_ovhcloud_dedicated_server_no_intervention: 'false',
          __meta_ovhcloud_dedicated_server_os: '',
          __meta_ovhcloud_dedicated_server_rack: '',
          __meta_ovhcloud_dedicated_server_reverse: '',
          __meta_ovhcloud_dedicated_server_server_id: '0',
          __meta_ovhcloud_dedicated_server_state: '',
          __meta_ovhcloud_dedicated_server_support_level: '',
        },
      ],
      empty: '[]',
      misshapen: { '[[]]': '[0]: expected a string, got a list' },
      refusals,
      oracle: {},
    }),
  ],
} satisfies MechanismCases
