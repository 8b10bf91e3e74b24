import type { MechanismCases } from '../suite/cases.js'
import type { CloudRequest } from '../suite/clouds.js'
import { polled } from '../suite/polled.js'

const api = 'POST https://uyuni.example/behind/rpc/api'
const login = `${api} auth.login admin &lt;&amp;&gt; geheim&amp;&lt;1&gt; 600`
const token = '4711xgeheimer-token'
const ids = '1000010000 1000010001 1000010002'

/** The method that is called, and what it is given: a list of numbers in any order. */
function called({ body }: CloudRequest): string {
  const method = /<methodName>(.*?)</.exec(body)?.[1] ?? ''
  const values = [...body.matchAll(/<(string|int)>(.*?)<\/\1>/gs)]
  const [texts, numbers] = ['string', 'int'].map((type) =>
    values.flatMap(([, of, value = '']) => (of === type ? [value] : [])),
  )
  return [method, ...(texts ?? []), ...(numbers ?? []).sort()].join(' ')
}

function answerOf(value: string): string {
  return `<methodResponse><params><param>${value}</param></params></methodResponse>`
}

function member(name: string, value: string): string {
  return `<member><name>${name}</name><value>${value}</value></member>`
}

function faultOf(code: string, words: string): string {
  const members = member('faultCode', `<int>${code}</int>`) + member('faultString', words)
  return `<methodResponse><fault><value><struct>${members}</struct></value></fault></methodResponse>`
}

export default {
  section: {
    least: { server: 'http://x', username: 'b', password: 'geheim' },
    prints: {
      server: 'http://x',
      username: 'b',
      password: '<secret>',
      follow_redirects: true,
      enable_http2: true,
      entitlement: 'monitoring_entitled',
      separator: ',',
      refresh_interval: '1m',
    },
    most: [
      {
        server: 'http://u:geheim@x',
        username: 'b',
        password: 'geheim',
        entitlement: 'e',
        separator: 's',
        refresh_interval: '2m',
      },
    ],
    refused: [
      [{ username: 'a', password: 'b' }, '1:1: Uyuni SD configuration requires server host'],
      [{ server: 'http://x', password: 'b' }, '1:1: Uyuni SD configuration requires a username'],
      [{ server: 'http://x', username: 'a' }, '1:1: Uyuni SD configuration requires a password'],
      [
        { server: 'http://x:y', username: 'a', password: 'b' },
        '1:1: server: Uyuni Server URL is not valid: parse "http://x:y": invalid port ":y" after host',
      ],
    ],
  },
  runs: [
    polled({
      config: {
        server: 'https://uyuni.example/behind/',
        username: 'admin <&>',
        password: 'geheim&<1>',
        entitlement: 'monitoring & more',
        separator: ';',
      },
      headers: { 'content-type': 'text/xml' },
      aspect: called,
      answers: {
        [login]: 'login.xml',
        [`${api} system.listSystemGroupsForSystemsWithEntitlement ${token} monitoring &amp; more`]:
          'systems.xml',
        [`${api} system.monitoring.listEndpoints ${token} ${ids}`]: 'endpoints.xml',
        [`${api} system.getNetworkForSystems ${token} ${ids}`]: 'networks.xml',
      },
      kept: [login],
      targets: [
        {
          __address__: '127.81.0.1:9100',
          __meta_uyuni_minion_hostname: '127.81.0.1',
          __meta_uyuni_primary_fqdn: 'min-1.example',
          __meta_uyuni_system_id: '1000010000',
          __meta_uyuni_groups: 'web & <db>;b,c',
          __meta_uyuni_endpoint_name: 'Node exporter',
          __meta_uyuni_exporter: 'node_exporter',
          __meta_uyuni_proxy_module: '',
          __meta_uyuni_metrics_path: '',
          __meta_uyuni_scheme: 'http',
        },
        {
          __address__: '127.81.0.1:9999',
          __meta_uyuni_minion_hostname: '127.81.0.1',
          __meta_uyuni_primary_fqdn: 'min-1.example',
          __meta_uyuni_system_id: '1000010000',
          __meta_uyuni_groups: 'web & <db>;b,c',
          __meta_uyuni_endpoint_name: 'Proxied',
          __meta_uyuni_exporter: 'apache_exporter',
          __meta_uyuni_proxy_module: 'apache',
          __meta_uyuni_metrics_path: '/proxy',
          __meta_uyuni_scheme: 'https',
        },
        {
          __address__: '2001:db8:81::1:443',
          __meta_uyuni_minion_hostname: '2001:db8:81::1',
          __meta_uyuni_primary_fqdn: '',
          __meta_uyuni_system_id: '1000010001',
          __meta_uyuni_groups: '',
          __meta_uyuni_endpoint_name: 'bare text',
          __meta_uyuni_exporter: '',
          __meta_uyuni_proxy_module: '',
          __meta_uyuni_metrics_path: '',
          __meta_uyuni_scheme: 'https',
        },
        {
          __address__: ':0',
          __meta_uyuni_minion_hostname: '',
          __meta_uyuni_primary_fqdn: '',
          __meta_uyuni_system_id: '1000010002',
          __meta_uyuni_groups: '',
          __meta_uyuni_endpoint_name: 'é',
          __meta_uyuni_exporter: '',
          __meta_uyuni_proxy_module: '',
          __meta_uyuni_metrics_path: '',
          __meta_uyuni_scheme: 'http',
        },
        {
          __address__: ':0',
          __meta_uyuni_minion_hostname: '',
          __meta_uyuni_primary_fqdn: '',
          __meta_uyuni_system_id: '0',
          __meta_uyuni_groups: '',
          __meta_uyuni_endpoint_name: '',
          __meta_uyuni_exporter: '',
          __meta_uyuni_proxy_module: '',
          __meta_uyuni_metrics_path: '',
          __meta_uyuni_scheme: 'http',
        },
      ],
      empty: answerOf('<value><array><data/></array></value>'),
      misshapen: {
        [answerOf('<value>x</value>')]:
          'system.getNetworkForSystems: expected a list, got a string',
        [answerOf(
          '<value><array><data><value/><value><struct><member><name>hostname</name><value><int>1</int></value></member></struct></value></data></array></value>',
        )]: 'system.getNetworkForSystems: [1].hostname: expected a string, got a number',
        [answerOf(
          '<value><array><data><value><struct><member><name>system_id</name><value><dateTime.iso8601>20260101T00:00:00</dateTime.iso8601></value></member></struct></value></data></array></value>',
        )]: 'system.getNetworkForSystems: [0].system_id: expected a whole number, got an object',
        '<methodResponse><params/></methodResponse>':
          'system.getNetworkForSystems: expected an XML-RPC response',
        '<html><body>Please log in</body></html>':
          'system.getNetworkForSystems: expected an XML-RPC response',
      },
      refusals: [
        {
          status: 200,
          body: faultOf('-1', `<string>Could not find session ${token}\n for you</string>`),
          says: 'https://uyuni.example/behind/rpc/api: system.listSystemGroupsForSystemsWithEntitlement: Could not find session <secret> for you (fault -1)',
        },
      ],
      oracle: {},
    }),
  ],
} satisfies MechanismCases
