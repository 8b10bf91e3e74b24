import type { MechanismCases } from '../suite/cases.js'

export default {
  section: {
    least: {},
    prints: {
      allow_stale: true,
      follow_redirects: true,
      enable_http2: true,
      namespace: 'default',
      refresh_interval: '1m',
      region: 'global',
      server: 'http://localhost:4646',
      tag_separator: ',',
    },
    most: [
      {
        server: 'http://u:geheim@a:4646',
        allow_stale: false,
        namespace: 'n',
        region: 'r',
        tag_separator: ';',
        refresh_interval: '2m',
      },
    ],
    refused: [[{ server: ' ' }, '1:1: server: nomad SD configuration requires a server address']],
  },
} satisfies MechanismCases
