import type { Labels } from '../../../src/labels/index.js'
import type { MechanismCases } from '../suite/cases.js'
import { type Member, zookeeperRun } from '../zookeeper/stage.js'

const target = (
  path: string,
  address: string,
  host: string,
  port: string,
  name: string,
): Labels => ({
  __address__: address,
  __meta_nerve_path: path,
  __meta_nerve_endpoint_host: host,
  __meta_nerve_endpoint_port: port,
  __meta_nerve_endpoint_name: name,
})

const members: readonly Member[] = [
  { path: '/services', data: '' },
  { path: '/services/app', data: 'no JSON' },
  {
    path: '/services/app/i-1_0000000001',
    isEphemeral: true,
    data: '{"host":"127.61.0.1","port":8080,"name":"i-1","weight":3}',
    target: target('/services/app/i-1_0000000001', '127.61.0.1:8080', '127.61.0.1', '8080', 'i-1'),
  },
  {
    path: '/services/app/i-2_0000000002',
    isEphemeral: true,
    data: '{"HOST":"fe80::1","Port":65535,"name":"a \\"b\\" é"}',
    target: target(
      '/services/app/i-2_0000000002',
      '[fe80::1]:65535',
      'fe80::1',
      '65535',
      'a "b" é',
    ),
  },
  { path: '/services/app/empty', data: '', isEphemeral: true },
  { path: '/services/app/text', data: '"127.61.0.9"' },
  { path: '/services/app/number', data: '{"host":9,"port":80}' },
  { path: '/services/app/cut', data: '{"host":"127.61.0.9"', isEphemeral: true },
  { path: '/services/folder', data: '' },
  { path: '/services/folder/deeper', data: '' },
  {
    path: '/services/folder/deeper/i-3',
    data: '{"host":"127.61.0.3","port":80}',
    target: target('/services/folder/deeper/i-3', '127.61.0.3:80', '127.61.0.3', '80', ''),
  },
  { path: '/more', data: '{}', target: target('/more', ':0', '', '0', '') },
  { path: '/more/null', data: 'null', target: target('/more/null', ':0', '', '0', '') },
]

export default {
  section: {
    least: { servers: ['a'], paths: ['/b'] },
    prints: { servers: ['a'], paths: ['/b'], timeout: '10s' },
    most: [{ servers: ['a'], paths: ['/b', '/c'], timeout: '1s' }],
    refused: [
      [{ paths: ['/x'] }, '1:1: nerve SD config must contain at least one Zookeeper server'],
      [{ servers: ['x'] }, '1:1: nerve SD config must contain at least one path'],
      [
        { servers: ['x'], paths: ['y'] },
        "2:1: paths: nerve SD config paths must begin with '/': y",
      ],
    ],
  },
  runs: [zookeeperRun(members)],
} satisfies MechanismCases
