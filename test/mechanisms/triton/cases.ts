import type { MechanismCases } from '../suite/cases.js'

export default {
  section: {
    least: { account: 'a', dns_suffix: 'b', endpoint: 'c' },
    prints: {
      account: 'a',
      role: 'container',
      dns_suffix: 'b',
      endpoint: 'c',
      port: 9163,
      refresh_interval: '1m',
      version: 1,
    },
    most: [
      {
        account: 'a',
        role: 'cn',
        dns_suffix: 'b',
        endpoint: 'c',
        groups: ['g'],
        version: 2,
        tls_config: { server_name: 's' },
        refresh_interval: '2m',
        port: 1,
      },
    ],
    refused: [
      [{ dns_suffix: 'b', endpoint: 'c' }, '1:1: triton SD configuration requires an account'],
      [{ account: 'a', endpoint: 'c' }, '1:1: triton SD configuration requires a dns_suffix'],
      [{ account: 'a', dns_suffix: 'b' }, '1:1: triton SD configuration requires an endpoint'],
      [
        { account: 'a', dns_suffix: 'b', endpoint: 'c', role: 'x' },
        "4:1: role: triton SD configuration requires role to be 'container' or 'cn'",
      ],
      [
        { account: 'a', dns_suffix: 'b', endpoint: 'c', refresh_interval: '0s' },
        '4:1: refresh_interval: triton SD configuration requires RefreshInterval to be a positive integer',
      ],
    ],
  },
} satisfies MechanismCases
