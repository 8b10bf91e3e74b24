import type { MechanismCases } from '../suite/cases.js'

export default {
  section: {
    least: {},
    prints: {
      endpoint: '',
      region: '',
      refresh_interval: '1m',
      port: 80,
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
      },
    ],
    refused: [[{ port: 'x' }, '1:7: port: cannot unmarshal !!str `x` into int']],
  },
} satisfies MechanismCases
