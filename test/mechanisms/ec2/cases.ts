import type { MechanismCases } from '../suite/cases.js'

export default {
  section: {
    least: {},
    prints: {
      endpoint: '',
      region: '',
      refresh_interval: '1m',
      port: 80,
      filters: [],
      follow_redirects: true,
      enable_http2: true,
    },
    most: [
      {
        endpoint: 'https://u:geheim@e',
        region: 'us-east-1',
        access_key: 'a',
        secret_key: 'geheim',
        profile: 'p',
        role_arn: 'r',
        external_id: 'x',
        refresh_interval: '2m',
        port: 1,
        filters: [{ name: 'a', values: ['b'] }],
      },
    ],
    refused: [
      [
        { region: 'a', filters: [{ name: 'x', values: [] }] },
        '2:1: filters: EC2 SD configuration filter values cannot be empty',
      ],
    ],
  },
} satisfies MechanismCases
