import type { MechanismCases } from '../suite/cases.js'

export default {
  section: {
    least: {
      role: 'instance',
      project_id: '11111111-1111-1111-1111-111111111111',
      access_key: 'SCWXXXXXXXXXXXXXXXXX',
      secret_key_file: '/a',
    },
    prints: {
      project_id: '11111111-1111-1111-1111-111111111111',
      api_url: 'https://api.scaleway.com',
      zone: 'fr-par-1',
      access_key: 'SCWXXXXXXXXXXXXXXXXX',
      secret_key: null,
      secret_key_file: '/a',
      follow_redirects: true,
      enable_http2: true,
      refresh_interval: '1m',
      port: 80,
      role: 'instance',
    },
    most: [
      {
        role: 'baremetal',
        project_id: '11111111-1111-1111-1111-111111111111',
        access_key: 'SCWXXXXXXXXXXXXXXXXX',
        secret_key_file: '/a',
        api_url: 'http://u:geheim@a',
        zone: 'z',
        name_filter: 'n',
        tags_filter: ['t'],
        refresh_interval: '2m',
        port: 1,
      },
      {
        role: 'instance',
        project_id: '11111111-1111-1111-1111-111111111111',
        access_key: 'SCWXXXXXXXXXXXXXXXXX',
        secret_key: '22222222-2222-2222-2222-222222222222',
      },
    ],
    refused: [
      [
        { project_id: 'a', access_key: 'b', secret_key: 'c' },
        '1:1: role missing (one of: instance, baremetal)',
      ],
      [{ role: 'invalid' }, '1:7: role: unknown role "invalid"'],
      [{ role: 'instance', access_key: 'b', secret_key: 'c' }, '1:1: project_id is mandatory'],
      [{ role: 'instance', project_id: 'a', secret_key: 'c' }, '1:1: access_key is mandatory'],
      [
        { role: 'instance', project_id: 'a', access_key: 'b' },
        '1:1: one of secret_key & secret_key_file must be configured',
      ],
      [
        { role: 'instance', project_id: 'a', access_key: 'b', secret_key: 'c' },
        "3:1: access_key: scaleway-sdk-go: invalid access key format 'b', expected SCWXXXXXXXXXXXXXXXXX format",
      ],
      [
        {
          role: 'instance',
          project_id: 'a',
          access_key: 'SCWXXXXXXXXXXXXXXXXX',
          secret_key_file: 'c',
        },
        "2:1: project_id: scaleway-sdk-go: invalid project ID format 'a', expected a UUID: xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
      ],
      [
        {
          role: 'instance',
          project_id: 'a',
          access_key: 'b',
          secret_key: 'c',
          secret_key_file: 'd',
        },
        '5:1: secret_key_file: at most one of secret_key & secret_key_file must be configured',
      ],
    ],
  },
} satisfies MechanismCases
