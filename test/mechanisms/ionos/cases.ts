import type { MechanismCases } from '../suite/cases.js'

export default {
  section: {
    least: { datacenter_id: 'a' },
    prints: {
      datacenter_id: 'a',
      follow_redirects: true,
      enable_http2: true,
      refresh_interval: '1m',
      port: 80,
    },
    most: [{ datacenter_id: 'a', refresh_interval: '2m', port: 1 }],
    refused: [[{ port: 1 }, "1:1: datacenter id can't be empty"]],
  },
} satisfies MechanismCases
