import type { Labels } from '../../../src/labels/index.js'
import type { MechanismCases } from '../suite/cases.js'
import { type Member, zookeeperRun } from '../zookeeper/stage.js'

const target = (
  path: string,
  address: string,
  host: string,
  port: string,
  more: Labels = {},
): Labels => ({
  __address__: address,
  __meta_serverset_path: path,
  __meta_serverset_endpoint_host: host,
  __meta_serverset_endpoint_port: port,
  __meta_serverset_status: '',
  __meta_serverset_shard: '0',
  ...more,
})

const members: readonly Member[] = [
  { path: '/services', data: '' },
  { path: '/services/app', data: 'no JSON' },
  {
    path: '/services/app/member_0000000001',
    isEphemeral: true,
    data: JSON.stringify({
      serviceEndpoint: { host: '127.60.0.1', port: 31000 },
      additionalEndpoints: {
        'http-admin': { host: '127.60.0.1', port: 31001 },
        health: { host: 'other.example', port: 31002 },
        'é/b': { host: '', port: 0 },
        none: null,
      },
      status: 'ALIVE',
      shard: 3,
    }),
    target: target('/services/app/member_0000000001', '127.60.0.1:31000', '127.60.0.1', '31000', {
      __meta_serverset_status: 'ALIVE',
      __meta_serverset_shard: '3',
      __meta_serverset_endpoint_host_http_admin: '127.60.0.1',
      __meta_serverset_endpoint_port_http_admin: '31001',
      __meta_serverset_endpoint_host_health: 'other.example',
      __meta_serverset_endpoint_port_health: '31002',
      __meta_serverset_endpoint_host___b: '',
      __meta_serverset_endpoint_port___b: '0',
      __meta_serverset_endpoint_host_none: '',
      __meta_serverset_endpoint_port_none: '0',
    }),
  },
  // Keys count in any case, and those that are not known do not.
  {
    path: '/services/app/member_0000000002',
    isEphemeral: true,
    data: '{"ServiceEndpoint":{"HOST":"::1","port":65535,"x":1},"STATUS":"DEAD","shard":-1,"zone":"a"}',
    target: target('/services/app/member_0000000002', '[::1]:65535', '::1', '65535', {
      __meta_serverset_status: 'DEAD',
      __meta_serverset_shard: '-1',
    }),
  },
  { path: '/services/app/empty', data: '', isEphemeral: true },
  { path: '/services/app/list', data: '[]', isEphemeral: true },
  { path: '/services/app/text', data: '{"serviceEndpoint":{"host":"127.60.0.9","port":"80"}}' },
  { path: '/services/app/huge', data: '{"shard":9223372036854775808}' },
  { path: '/services/app/cut', data: '{"status":"ALIVE"', isEphemeral: true },
  { path: '/services/folder', data: '' },
  { path: '/services/folder/deeper', data: '' },
  {
    path: '/services/folder/deeper/member',
    data: '{"serviceEndpoint":{"host":"127.60.0.3","port":80}}',
    target: target('/services/folder/deeper/member', '127.60.0.3:80', '127.60.0.3', '80'),
  },
  {
    path: '/services/folder/deeper/member/child of a member',
    data: '{"serviceEndpoint":{"host":"127.60.0.4","port":80}}',
    target: target(
      '/services/folder/deeper/member/child of a member',
      '127.60.0.4:80',
      '127.60.0.4',
      '80',
    ),
  },
  { path: '/more', data: '{}', target: target('/more', ':0', '', '0') },
  { path: '/more/null', data: 'null', target: target('/more/null', ':0', '', '0') },
]

export default {
  section: {
    least: { servers: ['a'], paths: ['/b'] },
    prints: { servers: ['a'], paths: ['/b'], timeout: '10s' },
    most: [{ servers: ['a'], paths: ['/b', '/c'], timeout: '1s' }],
    refused: [
      [{ paths: ['/x'] }, '1:1: serverset SD config must contain at least one Zookeeper server'],
      [{ servers: ['x'] }, '1:1: serverset SD config must contain at least one path'],
      [
        { servers: ['x'], paths: ['y'] },
        "2:1: paths: serverset SD config paths must begin with '/': y",
      ],
    ],
  },
  runs: [zookeeperRun(members)],
  families: {
    __meta_serverset_endpoint_host_: 'endpoint',
    __meta_serverset_endpoint_port_: 'endpoint',
  },
} satisfies MechanismCases
