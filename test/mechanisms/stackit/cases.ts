import type { MechanismCases } from '../suite/cases.js'
import { polled } from '../suite/polled.js'

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
  runs: [
    polled({
      config: { project: 'p 1', port: 9100, bearer_token: 'geheim-token' },
      headers: { authorization: 'Bearer geheim-token' },
      answers: {
        'https://iaas.api.eu01.stackit.cloud/v1/projects/p%201/servers?details=true':
          'servers.json',
      },
      targets: [
        {
          __address__: '127.90.0.1:9100',
          __meta_stackit_availability_zone: 'eu01-3',
          __meta_stackit_id: 'b4176700-596a-4f80-9fc8-5f9c58a606e1',
          __meta_stackit_label_env: 'prod',
          __meta_stackit_label_team_example_x: '',
          __meta_stackit_labelpresent_env: 'true',
          __meta_stackit_labelpresent_team_example_x: 'true',
          __meta_stackit_name: 'web-1',
          __meta_stackit_power_status: 'RUNNING',
          __meta_stackit_private_ipv4_net_1: '10.90.0.1',
          __meta_stackit_private_ipv4_net_2: '10.90.1.1',
          __meta_stackit_project: 'p 1',
          __meta_stackit_public_ipv4: '127.90.0.1',
          __meta_stackit_status: 'ACTIVE',
          __meta_stackit_type: 'g1.1',
        },
        {
          __address__: '127.90.0.3:9100',
          __meta_stackit_availability_zone: '',
          __meta_stackit_id: 'private',
          __meta_stackit_name: 'über "b"\\',
          __meta_stackit_power_status: '',
          __meta_stackit_private_ipv4_: '127.90.0.3',
          __meta_stackit_project: 'p 1',
          __meta_stackit_status: '',
          __meta_stackit_type: '',
        },
      ],
      empty: '{}',
      misshapen: {
        '[]': 'expected an object, got a list',
        '{"items":[{},{"nics":[{"ipv4":1}]}]}':
          'items[1].nics[0].ipv4: expected a string, got a number',
      },
      refusals: [
        {
          status: 403,
          body: '{"code":403,"msg":"permission denied"}',
          says: 'server returned HTTP status 403 Forbidden: permission denied',
        },
      ],
      oracle: 'Prometheus 3.5.3 does not have the mechanism: Debian leaves it out.',
    }),
  ],
  families: {
    __meta_stackit_label_: 'label',
    __meta_stackit_labelpresent_: 'label',
    __meta_stackit_private_ipv4_: 'network',
  },
} satisfies MechanismCases
