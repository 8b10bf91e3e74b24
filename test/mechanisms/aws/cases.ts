import type { MechanismCases } from '../suite/cases.js'

export default {
  section: {
    least: { role: 'ecs' },
    prints: {
      role: 'ecs',
      endpoint: '',
      region: '',
      refresh_interval: '1m',
      port: 80,
      follow_redirects: false,
      enable_http2: false,
    },
    most: [
      {
        role: 'ec2',
        endpoint: 'https://u:geheim@e',
        region: 'us-east-1',
        access_key: 'a',
        secret_key: 'geheim',
        profile: 'p',
        role_arn: 'r',
        external_id: 'x',
        refresh_interval: '2m',
        port: 1,
        clusters: ['c'],
        filters: [{ name: 'a', values: ['b'] }],
      },
    ],
    refused: [
      [{ role: 'x' }, '1:7: role: unknown AWS SD role "x"'],
      [{ region: 'x' }, '1:1: unknown AWS SD role ""'],
    ],
  },
} satisfies MechanismCases
