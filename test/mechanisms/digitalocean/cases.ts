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
    saysOtherwise: {
      // The role is new in 3.12.
      'unknown DigitalOcean SD role "x"': 'field role not found in type digitalocean.plain',
    },
  },
} satisfies MechanismCases
