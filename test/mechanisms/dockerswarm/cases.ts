import type { Labels } from '../../../src/labels/index.js'
import type { MechanismCases } from '../suite/cases.js'
import { directHost } from '../suite/clouds.js'
import { polled, type PolledCases } from '../suite/polled.js'

const ingress: Labels = {
  __meta_dockerswarm_network_id: 'net-ingress',
  __meta_dockerswarm_network_name: 'ingress',
  __meta_dockerswarm_network_scope: 'swarm',
  __meta_dockerswarm_network_internal: 'false',
  __meta_dockerswarm_network_ingress: 'true',
}
const over: Labels = {
  __meta_dockerswarm_network_id: 'net-over',
  __meta_dockerswarm_network_name: 'over',
  __meta_dockerswarm_network_scope: 'swarm',
  __meta_dockerswarm_network_internal: 'true',
  __meta_dockerswarm_network_ingress: 'false',
  __meta_dockerswarm_network_label_com_example_zone: 'a',
}

const node1: Labels = {
  __meta_dockerswarm_node_id: 'node-1',
  __meta_dockerswarm_node_role: 'manager',
  __meta_dockerswarm_node_availability: 'active',
  __meta_dockerswarm_node_hostname: 'one',
  __meta_dockerswarm_node_platform_architecture: 'x86_64',
  __meta_dockerswarm_node_platform_os: 'linux',
  __meta_dockerswarm_node_status: 'ready',
  __meta_dockerswarm_node_address: '127.80.0.1',
  __meta_dockerswarm_node_label_com_example_rack: 'r1',
  __meta_dockerswarm_node_label__: 'x',
}
const node2: Labels = {
  __meta_dockerswarm_node_id: 'node-2',
  __meta_dockerswarm_node_role: 'worker',
  __meta_dockerswarm_node_availability: 'drain',
  __meta_dockerswarm_node_hostname: 'two',
  __meta_dockerswarm_node_platform_architecture: 'aarch64',
  __meta_dockerswarm_node_platform_os: 'linux',
  __meta_dockerswarm_node_status: 'down',
  __meta_dockerswarm_node_address: '::1',
}

const webService: Labels = {
  __meta_dockerswarm_service_id: 'svc-web',
  __meta_dockerswarm_service_name: 'web',
  __meta_dockerswarm_service_mode: 'replicated',
  __meta_dockerswarm_service_label_com_example_team: 'a',
}
const agentService: Labels = {
  __meta_dockerswarm_service_id: 'svc-agent',
  __meta_dockerswarm_service_name: 'agent',
  __meta_dockerswarm_service_mode: 'global',
}

/** Two targets for each virtual IP of `web`: its TCP ports. */
function webOn(ip: string, network: Labels): readonly Labels[] {
  const common: Labels = {
    ...webService,
    ...network,
    __meta_dockerswarm_service_task_container_hostname: 'web-host',
    __meta_dockerswarm_service_task_container_image: 'web:1@sha256:aa',
    __meta_dockerswarm_service_updating_status: 'completed',
  }
  return [
    {
      ...common,
      __address__: `${ip}:30080`,
      __meta_dockerswarm_service_endpoint_port_name: 'http',
      __meta_dockerswarm_service_endpoint_port_publish_mode: 'ingress',
    },
    {
      ...common,
      __address__: `${ip}:30081`,
      __meta_dockerswarm_service_endpoint_port_name: '',
      __meta_dockerswarm_service_endpoint_port_publish_mode: 'host',
    },
  ]
}

const task1: Labels = {
  ...webService,
  ...node1,
  __meta_dockerswarm_task_id: 'task-1',
  __meta_dockerswarm_task_desired_state: 'running',
  __meta_dockerswarm_task_state: 'running',
  __meta_dockerswarm_task_slot: '1',
  __meta_dockerswarm_task_container_id: 'ctr-1',
  __meta_dockerswarm_container_label_com_example_c: 'd',
}

/** The targets of `task-1` on one of its networks. */
function task1On(ip: string, network: Labels): readonly Labels[] {
  return [
    [`${ip}:30080`, 'ingress'],
    [`${ip}:30081`, 'host'],
  ].map(([address = '', mode = '']) => ({
    ...task1,
    ...network,
    __address__: address,
    __meta_dockerswarm_task_port_publish_mode: mode,
  }))
}

const api = `${directHost}/v1.41`
const filters = `?filters=${encodeURIComponent('{"label":{"a=b":true}}')}`

const whats: Readonly<Record<string, string>> = {
  tasks: 'error while listing swarm tasks: ',
  services: 'error while listing swarm services: ',
  nodes: 'error while listing swarm nodes: ',
  networks: 'error while computing swarm network labels: ',
}

function answersOf(...lists: readonly string[]): PolledCases['answers'] {
  return {
    [`HEAD ${directHost}/_ping`]: { file: 'ping.txt', headers: { 'api-version': '1.41' } },
    ...Object.fromEntries(
      lists.map((list) => [`${api}/${list}`, `${list.replace(/\?.*/u, '')}.json`]),
    ),
  }
}

const common = {
  headers: {},
  kept: [`HEAD ${directHost}/_ping`],
  watch: `${api}/events?`,
  begins: (line: string) => whats[/v1\.41\/(\w+)/u.exec(line)?.[1] ?? ''] ?? '',
  direct: { listen: 'http' as const, config: (host: string) => ({ host }) },
  empty: '[]',
  misshapen: {
    '{}': 'expected a list, got an object',
  },
  refusals: [
    {
      status: 503,
      body: '{"message":"This node is not a swarm manager."}',
      says: 'Error response from daemon: This node is not a swarm manager.',
    },
  ],
  oracle: {},
}

export default {
  section: {
    least: { host: 'http://a', role: 'nodes' },
    prints: {
      follow_redirects: true,
      enable_http2: true,
      host: 'http://a',
      role: 'nodes',
      refresh_interval: '1m',
      port: 80,
      filters: [],
    },
    most: [
      {
        host: 'tcp://u:geheim@a:1',
        role: 'tasks',
        filters: [{ name: 'a', values: [] }],
        refresh_interval: '2m',
        port: 1,
      },
    ],
    refused: [
      [{ role: 'nodes' }, '1:1: host missing'],
      [{ host: 'x' }, '1:1: role missing (one of: tasks, services, nodes)'],
      [{ host: 'x', role: 'y' }, '2:1: role: invalid role y, expected tasks, services, or nodes'],
    ],
  },
  runs: [
    polled({
      ...common,
      title: 'with role nodes',
      config: { role: 'nodes', port: 9100 },
      answers: answersOf('nodes'),
      targets: [
        {
          ...node1,
          __address__: '127.80.0.1:9100',
          __meta_dockerswarm_node_engine_version: '20.10.24',
          __meta_dockerswarm_node_manager_leader: 'true',
          __meta_dockerswarm_node_manager_reachability: 'reachable',
          __meta_dockerswarm_node_manager_address: '127.80.0.1:2377',
        },
        {
          ...node2,
          __address__: '[::1]:9100',
          __meta_dockerswarm_node_engine_version: '19.03.0',
        },
        {
          ...Object.fromEntries(Object.keys(node2).map((name) => [name, ''])),
          __address__: ':9100',
          __meta_dockerswarm_node_id: 'node-3',
          __meta_dockerswarm_node_engine_version: '',
        },
      ],
      misshapen: {
        ...common.misshapen,
        '[{"Status":{"Addr":1}}]': '[0].Status.Addr: expected a string, got a number',
      },
    }),
    polled({
      ...common,
      title: 'with role services',
      config: {
        role: 'services',
        basic_auth: { username: 'u', password: 'geheim' },
        filters: [{ name: 'label', values: ['a=b'] }],
      },
      headers: { authorization: `Basic ${btoa('u:geheim')}` },
      answers: answersOf(`services${filters}`, 'networks'),
      targets: [
        ...webOn('127.81.0.2', ingress),
        ...webOn('[2001:db8::2]', over),
        {
          ...agentService,
          __address__: '127.81.0.3:80',
          __meta_dockerswarm_service_task_container_hostname: '',
          __meta_dockerswarm_service_task_container_image: 'agent:1',
        },
        {
          ...over,
          __address__: '127.81.0.4:80',
          __meta_dockerswarm_service_id: 'svc-job',
          __meta_dockerswarm_service_name: 'job',
          __meta_dockerswarm_service_mode: '',
          __meta_dockerswarm_service_task_container_hostname: '',
          __meta_dockerswarm_service_task_container_image: 'j',
        },
      ],
    }),
    polled({
      ...common,
      title: 'with role tasks',
      config: { role: 'tasks', port: 81 },
      answers: answersOf('tasks', 'services', 'nodes', 'networks'),
      targets: [
        {
          ...task1,
          __address__: '127.80.0.1:30081',
          __meta_dockerswarm_task_port_publish_mode: 'host',
        },
        ...task1On('127.82.0.3', ingress),
        ...task1On('127.83.0.3', over),
        ...task1On('[2001:db8::3]', over),
        {
          ...agentService,
          ...node2,
          __address__: '127.84.0.3:81',
          __meta_dockerswarm_task_id: 'task-2',
          __meta_dockerswarm_task_desired_state: 'shutdown',
          __meta_dockerswarm_task_state: 'failed',
          __meta_dockerswarm_task_slot: '0',
        },
        {
          __address__: ':1',
          __meta_dockerswarm_task_id: 'task-4',
          __meta_dockerswarm_task_desired_state: 'running',
          __meta_dockerswarm_task_state: 'running',
          __meta_dockerswarm_task_slot: '0',
          __meta_dockerswarm_task_port_publish_mode: 'host',
        },
      ],
    }),
  ],
  families: {
    __meta_dockerswarm_node_label_: 'label',
    __meta_dockerswarm_service_label_: 'label',
    __meta_dockerswarm_network_label_: 'label',
    __meta_dockerswarm_container_label_: 'label',
  },
} satisfies MechanismCases
