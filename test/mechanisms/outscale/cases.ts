import type { MechanismCases } from '../suite/cases.js'

export default {
  section: {
    least: { access_key: 'a', secret_key_file: '/b' },
    prints: {
      region: 'eu-west-2',
      access_key: 'a',
      secret_key: null,
      secret_key_file: '/b',
      refresh_interval: '1m',
      port: 80,
      follow_redirects: true,
      enable_http2: true,
    },
    most: [
      {
        endpoint: 'https://u:geheim@e',
        region: 'r',
        access_key: 'a',
        secret_key: 'geheim',
        refresh_interval: '2m',
        port: 1,
      },
      { access_key: 'a', secret_key_file: '/b' },
    ],
    refused: [
      [{ secret_key: 'a' }, '1:1: outscale SD configuration requires access_key'],
      [{ access_key: 'a' }, '1:1: one of secret_key & secret_key_file must be configured'],
      [
        { access_key: 'a', secret_key: 'a', secret_key_file: 'b' },
        '3:1: secret_key_file: at most one of secret_key & secret_key_file must be configured',
      ],
      [
        { region: '', access_key: 'a', secret_key: 'a' },
        '1:1: region: outscale SD configuration requires a region',
      ],
    ],
  },
} satisfies MechanismCases
