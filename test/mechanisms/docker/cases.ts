import type { Labels } from '../../../src/labels/index.js'
import type { MechanismCases } from '../suite/cases.js'
import { directHost } from '../suite/clouds.js'
import { polled } from '../suite/polled.js'

const front: Labels = {
  __meta_docker_network_id: 'net-front',
  __meta_docker_network_name: 'front',
  __meta_docker_network_scope: 'local',
  __meta_docker_network_internal: 'false',
  __meta_docker_network_ingress: 'false',
  __meta_docker_network_label_com_example_tier: 'front',
  __meta_docker_network_label__mlaut: 'é',
}
const onFront: Labels = { ...front, __meta_docker_network_ip: '127.70.0.2' }
const onBack: Labels = {
  __meta_docker_network_id: 'net-back',
  __meta_docker_network_name: 'back',
  __meta_docker_network_scope: 'swarm',
  __meta_docker_network_internal: 'true',
  __meta_docker_network_ingress: 'true',
  __meta_docker_network_ip: '127.71.0.2',
}

function container(id: string, mode: string, image?: string): Labels {
  return {
    __meta_docker_container_id: `c-${id}`,
    __meta_docker_container_name: `/${id}`,
    __meta_docker_container_network_mode: mode,
    ...(image && {
      __meta_docker_container_image: image,
      __meta_docker_container_image_id: `sha256:${image.slice(0, 1).repeat(2)}`,
    }),
  }
}

const web: Labels = {
  ...container('web', 'front'),
  __meta_docker_container_image: 'web:1',
  __meta_docker_container_image_id: 'sha256:aa',
  __meta_docker_container_label_com_example_x: 'y',
  __meta_docker_container_label_a_b_c: '2',
  __meta_docker_container_label_empty: '',
}

/** The targets of `web` on one network. */
function webOn(network: Labels): readonly Labels[] {
  const ip = network['__meta_docker_network_ip']
  const published = (publicIp: string): Labels => ({
    ...web,
    ...network,
    __address__: `${ip}:8080`,
    __meta_docker_port_private: '8080',
    __meta_docker_port_public: '18080',
    __meta_docker_port_public_ip: publicIp,
  })
  return [
    published('0.0.0.0'),
    published('::'),
    { ...web, ...network, __address__: `${ip}:9100`, __meta_docker_port_private: '9100' },
  ]
}

/** The targets of those that use the network of `web`. */
function besideOn(network: Labels): readonly Labels[] {
  const ip = network['__meta_docker_network_ip']
  return [
    {
      ...container('beside', 'container:c-web', 'b'),
      ...network,
      __address__: `${ip}:9000`,
      __meta_docker_port_private: '9000',
    },
    { ...container('beside-2', 'container:c-beside', 'b'), ...network, __address__: `${ip}:81` },
  ]
}

const others: readonly Labels[] = [
  {
    ...container('udp', 'default'),
    __address__: '127.70.0.3:81',
    __meta_docker_network_ip: '127.70.0.3',
  },
  {
    ...container('host', 'host', 'h'),
    __address__: '127.0.0.7',
    __meta_docker_network_ip: '',
    __meta_docker_network_id: 'net-host',
    __meta_docker_network_name: 'host',
    __meta_docker_network_scope: 'local',
    __meta_docker_network_internal: 'false',
    __meta_docker_network_ingress: 'false',
  },
]

const api = `${directHost}/v1.41`

/** What the rest of the runs has in common. */
const common = {
  config: { port: 81, host_networking_host: '127.0.0.7' },
  headers: {},
  kept: [`HEAD ${directHost}/_ping`],
  watch: `${api}/events?`,
  begins: (line: string) =>
    line.includes('/networks')
      ? 'error while computing network labels: '
      : 'error while listing containers: ',
  empty: '[]',
  misshapen: {
    '{}': 'expected a list, got an object',
    '[{"Id":"a"},{"Labels":{"a":1}}]': '[1].Labels["a"]: expected a string, got a number',
  },
  refusals: [
    {
      status: 400,
      body: '{"message":"client version 1.51 is too new. Maximum supported API version is 1.41"}',
      says: 'Error response from daemon: client version 1.51 is too new. Maximum supported API version is 1.41',
    },
  ],
  oracle: {
    // Prometheus has them from 3.10 on.
    differences: {
      __meta_docker_container_image: 'ours',
      __meta_docker_container_image_id: 'ours',
    },
  },
} as const

function answersOf(filters: string): Parameters<typeof polled>[0]['answers'] {
  return {
    [`HEAD ${directHost}/_ping`]: { file: 'ping.txt', headers: { 'api-version': '1.41' } },
    [`${api}/containers/json${filters}`]: 'containers.json',
    [`${api}/networks`]: 'networks.json',
  }
}

export default {
  section: {
    least: { host: 'http://a' },
    prints: {
      follow_redirects: true,
      enable_http2: true,
      host: 'http://a',
      refresh_interval: '1m',
      port: 80,
      filters: [],
      host_networking_host: 'localhost',
      match_first_network: true,
    },
    most: [
      {
        host: 'tcp://u:geheim@a:1',
        filters: [{ name: 'a', values: ['b'] }],
        host_networking_host: 'h',
        match_first_network: false,
        refresh_interval: '2m',
        port: 1,
      },
    ],
    refused: [
      [{ port: 1 }, '1:1: host missing'],
      [{ host: 'tcp://a:b' }, '1:1: host: parse "tcp://a:b": invalid port ":b" after host'],
    ],
  },
  runs: [
    polled({
      ...common,
      title: 'on the first network, over tcp',
      answers: answersOf(''),
      direct: {
        listen: 'http',
        config: (origin) => ({ host: origin.replace('http://', 'tcp://u:geheim@') }),
      },
      targets: [...webOn(onFront), ...besideOn(onFront), ...others],
    }),
    polled({
      ...common,
      title: 'on all networks, over http with credentials and filters',
      sameLabels: true,
      config: {
        ...common.config,
        match_first_network: false,
        basic_auth: { username: 'u', password: 'geheim' },
        filters: [
          { name: 'label', values: ['a=b', 'c'] },
          { name: 'health', values: ['healthy'] },
        ],
      },
      headers: { authorization: `Basic ${btoa('u:geheim')}` },
      answers: answersOf(
        `?filters=${encodeURIComponent('{"health":{"healthy":true},"label":{"a=b":true,"c":true}}')}`,
      ),
      direct: { listen: 'http', config: (host) => ({ host }) },
      targets: [onFront, onBack]
        .flatMap((network) => [...webOn(network), ...besideOn(network)])
        .concat(others),
    }),
    polled({
      ...common,
      title: 'over a unix socket',
      sameLabels: true,
      answers: answersOf(''),
      direct: { listen: 'unix', config: (origin) => ({ host: `unix://${origin}` }) },
      targets: [...webOn(onFront), ...besideOn(onFront), ...others],
    }),
  ],
  families: {
    __meta_docker_container_label_: 'label',
    __meta_docker_network_label_: 'label',
  },
} satisfies MechanismCases
