import type { MechanismCases } from '../suite/cases.js'

export default {
  section: {
    least: { names: ['a.example'] },
    prints: { names: ['a.example'], refresh_interval: '30s', type: 'SRV', port: 0 },
    most: [{ names: ['a', 'b'], type: 'A', port: 9, refresh_interval: '1500ms' }],
    refused: [
      [{ type: 'A' }, '1:1: DNS-SD config must contain at least one SRV record name'],
      [{ names: [] }, '1:1: names: DNS-SD config must contain at least one SRV record name'],
      [
        { names: ['a'], type: 'A' },
        '1:1: a port is required in DNS-SD configs for all record types except SRV',
      ],
      [
        { names: ['a'], type: 'mx' },
        '1:1: a port is required in DNS-SD configs for all record types except SRV',
      ],
      [{ names: ['a'], type: 'TXT' }, '2:1: type: invalid DNS-SD records type TXT'],
      [{ names: ['a'], port: 'http' }, '2:7: port: cannot unmarshal !!str `http` into int'],
    ],
  },
} satisfies MechanismCases
