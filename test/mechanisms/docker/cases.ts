import type { MechanismCases } from '../suite/cases.js'

export default {
  section: {
    least: { host: 'tcp://a' },
    prints: {
      follow_redirects: true,
      enable_http2: true,
      host: 'tcp://a',
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
} satisfies MechanismCases
