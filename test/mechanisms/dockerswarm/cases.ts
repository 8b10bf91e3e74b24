import type { MechanismCases } from '../suite/cases.js'

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
} satisfies MechanismCases
