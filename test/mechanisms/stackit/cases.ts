import type { MechanismCases } from '../suite/cases.js'

export default {
  section: {
    least: {},
    prints: {
      follow_redirects: true,
      enable_http2: true,
      project: '',
      region: 'eu01',
      refresh_interval: '1m',
      port: 80,
    },
    most: [
      {
        project: 'p',
        region: 'r',
        endpoint: 'https://u:geheim@e',
        service_account_key: 'geheim',
        private_key: 'geheim',
        service_account_key_path: 'a',
        private_key_path: 'b',
        credentials_file_path: 'c',
        refresh_interval: '2m',
        port: 1,
      },
    ],
    refused: [
      [
        { endpoint: 'x' },
        '1:1: endpoint: stackit_sd: invalid endpoint "x": scheme or host missing',
      ],
      [{ region: '' }, '1:1: stackit_sd: endpoint and region missing'],
    ],
  },
} satisfies MechanismCases
