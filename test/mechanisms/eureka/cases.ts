import type { MechanismCases } from '../suite/cases.js'
import { polled } from '../suite/polled.js'

export default {
  section: {
    least: { server: 'http://a' },
    prints: {
      server: 'http://a',
      follow_redirects: true,
      enable_http2: true,
      refresh_interval: '30s',
    },
    most: [{ server: 'http://u:geheim@a', refresh_interval: '2m' }],
    refused: [
      [{ server: '' }, '1:1: server: eureka_sd: empty or null eureka server'],
      [{ server: 'eureka' }, '1:1: server: eureka_sd: invalid eureka server URL'],
      [{ refresh_interval: '2m' }, '1:1: eureka_sd: empty or null eureka server'],
    ],
  },
  runs: [
    polled({
      config: {
        refresh_interval: '1m',
        basic_auth: { username: 'u', password: 'geheim' },
      },
      direct: { listen: 'http', config: (origin) => ({ server: `${origin}/eureka` }) },
      headers: { authorization: `Basic ${btoa('u:geheim')}` },
      answers: { 'http://api.test/eureka/apps': 'apps.xml' },
      targets: [
        {
          __address__: '127.40.0.1:8080',
          instance: 'orders-1:orders:8080',
          __meta_eureka_app_name: 'ORDERS',
          __meta_eureka_app_instance_hostname: '127.40.0.1',
          __meta_eureka_app_instance_homepage_url: 'http://127.40.0.1:8080/?a=1&b=2',
          __meta_eureka_app_instance_statuspage_url: 'http://127.40.0.1:8080/info',
          __meta_eureka_app_instance_healthcheck_url: 'http://127.40.0.1:8080/health',
          __meta_eureka_app_instance_ip_addr: '127.40.0.1',
          __meta_eureka_app_instance_vip_address: 'orders',
          __meta_eureka_app_instance_secure_vip_address: 'orders-secure',
          __meta_eureka_app_instance_status: 'UP',
          __meta_eureka_app_instance_country_id: '1',
          __meta_eureka_app_instance_id: 'orders-1:orders:8080',
          __meta_eureka_app_instance_port: '8080',
          __meta_eureka_app_instance_port_enabled: 'false',
          __meta_eureka_app_instance_secure_port: '8443',
          __meta_eureka_app_instance_secure_port_enabled: 'true',
          __meta_eureka_app_instance_datacenterinfo_name: 'Amazon',
          __meta_eureka_app_instance_datacenterinfo_metadata_availability_zone: 'eu-west-1a',
          __meta_eureka_app_instance_datacenterinfo_metadata_public_ipv4: '127.40.0.1',
          __meta_eureka_app_instance_metadata_management_port: '8082',
          __meta_eureka_app_instance_metadata_owner: 'bakers &amp; millers',
          __meta_eureka_app_instance_metadata_note: '<![CDATA[a <b>]]>',
          __meta_eureka_app_instance_metadata_nested: 'x<y z="1">w</y>',
          __meta_eureka_app_instance_metadata_tags: '  two words  ',
          __meta_eureka_app_instance_metadata_empty: '',
          __meta_eureka_app_instance_metadata__n_code: 'ä',
        },
        {
          ...bare('[::1]:9090', 'ORDERS', '::1'),
          instance: 'orders-2',
          __meta_eureka_app_instance_id: 'orders-2',
          __meta_eureka_app_instance_status: 'DOWN',
          __meta_eureka_app_instance_port: '9090',
          __meta_eureka_app_instance_port_enabled: 'true',
          __meta_eureka_app_instance_datacenterinfo_name: 'MyOwn',
        },
        bare('127.40.0.3:80', 'BARE', '127.40.0.3'),
        {
          ...bare('127.40.0.4:0', 'BARE', '127.40.0.4'),
          __meta_eureka_app_instance_country_id: '-49',
          __meta_eureka_app_instance_port: '0',
          __meta_eureka_app_instance_port_enabled: 'false',
          __meta_eureka_app_instance_secure_port: '-1',
          __meta_eureka_app_instance_secure_port_enabled: 'true',
        },
      ],
      empty: '<applications/>',
      misshapen: {
        [applications('<port>http</port>')]:
          'application[0].instance[0].port: expected a whole number',
        [applications('</instance><instance><port enabled="geheim">1</port>')]:
          'application[0].instance[1].port enabled: expected true or false',
        [applications('<countryId>1.5</countryId>')]:
          'application[0].instance[0].countryId: expected a whole number',
        '<!DOCTYPE a [<!ENTITY b "c">]><applications/>':
          'the answer is not XML (line 1, column 30: a document type is not taken)',
      },
      refusal: (status) =>
        `non 2xx status '${String(status)}' response during eureka service discovery`,
      oracle: {},
    }),
  ],
  families: {
    __meta_eureka_app_instance_metadata_: 'name',
    __meta_eureka_app_instance_datacenterinfo_metadata_: 'name',
  },
} satisfies MechanismCases

function applications(instance: string): string {
  return `<applications><application><instance>${instance}</instance></application></applications>`
}

/** What an instance has of which Eureka says nothing more. */
function bare(address: string, app: string, host: string): Readonly<Record<string, string>> {
  return {
    __address__: address,
    instance: '',
    __meta_eureka_app_name: app,
    __meta_eureka_app_instance_hostname: host,
    __meta_eureka_app_instance_homepage_url: '',
    __meta_eureka_app_instance_statuspage_url: '',
    __meta_eureka_app_instance_healthcheck_url: '',
    __meta_eureka_app_instance_ip_addr: '',
    __meta_eureka_app_instance_vip_address: '',
    __meta_eureka_app_instance_secure_vip_address: '',
    __meta_eureka_app_instance_status: '',
    __meta_eureka_app_instance_country_id: '0',
    __meta_eureka_app_instance_id: '',
  }
}
