import type { MechanismCases } from '../suite/cases.js'

export default {
  section: {
    least: {},
    prints: {
      follow_redirects: true,
      enable_http2: true,
      refresh_interval: '1m',
      port: 80,
      tag_separator: ',',
    },
    most: [{ region: 'r', tag_separator: 'x', refresh_interval: '2m', port: 1 }],
    refused: [[{ port: 'x' }, '1:7: port: cannot unmarshal !!str `x` into int']],
  },
} satisfies MechanismCases
