import type { MechanismCases } from '../suite/cases.js'

export default {
  section: {
    least: { subscription_id: 'a', authentication_method: 'SDK' },
    prints: {
      environment: 'AzurePublicCloud',
      port: 80,
      subscription_id: 'a',
      refresh_interval: '5m',
      authentication_method: 'SDK',
      follow_redirects: true,
      enable_http2: true,
    },
    most: [
      {
        environment: 'AzureChinaCloud',
        subscription_id: 'a',
        tenant_id: 'b',
        client_id: 'c',
        client_secret: 'geheim',
        authentication_method: 'OAuth',
        resource_group: 'g',
        refresh_interval: '2m',
        port: 1,
      },
    ],
    refused: [
      [
        { tenant_id: 'a', client_id: 'b', client_secret: 'c' },
        '1:1: azure SD configuration requires a subscription_id',
      ],
      [
        { subscription_id: 'a', client_id: 'b', client_secret: 'c' },
        '1:1: azure SD configuration requires a tenant_id',
      ],
      [
        { subscription_id: 'a', tenant_id: 'b', client_secret: 'c' },
        '1:1: azure SD configuration requires a client_id',
      ],
      [
        { subscription_id: 'a', tenant_id: 'b', client_id: 'c' },
        '1:1: azure SD configuration requires a client_secret',
      ],
      [
        { subscription_id: 'a', authentication_method: 'invalid' },
        '2:1: authentication_method: unknown authentication_type "invalid". Supported types are "OAuth", "ManagedIdentity", "SDK" or "WorkloadIdentity"',
      ],
      [
        { subscription_id: 'a', bearer_token: 'a', basic_auth: { username: 'x' } },
        '2:1: bearer_token: at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured',
      ],
    ],
  },
} satisfies MechanismCases
