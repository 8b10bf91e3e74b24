import type { MechanismCases } from '../suite/cases.js'

export default {
  section: {
    least: {},
    prints: {
      follow_redirects: true,
      enable_http2: true,
      refresh_interval: '1m',
      port: 80,
      role: 'droplets',
    },
    most: [{ role: 'databases', refresh_interval: '2m', port: 1 }],
    refused: [[{ role: 'x' }, '1:7: role: unknown DigitalOcean SD role "x"']],
  },
} satisfies MechanismCases
