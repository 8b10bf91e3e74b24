import type { MechanismCases } from '../suite/cases.js'

export default {
  section: {
    least: {},
    prints: { targets: [] },
    most: [{ targets: ['a', 'b:80'], labels: { env: 'prod', n: 8500 } }],
    refused: [
      [
        { target: ['a'] },
        '1:1: target: field target not found in type struct { Targets []string "yaml:\\"targets\\""; Labels model.LabelSet "yaml:\\"labels\\"" } (did you mean "targets"?)',
      ],
      [{ labels: { '': 'x' } }, '1:10: labels.: "" is not a valid label name'],
      [{ targets: [{ a: 'b' }] }, '1:11: targets[0]: cannot unmarshal !!map into string'],
    ],
  },
  runs: [
    {
      title: '',
      pace: 'once',
      open: () =>
        Promise.resolve({
          config: {
            targets: ['127.10.0.1:80', '127.10.0.2'],
            labels: { env: 'prod', n: 1, none: '' },
          },
          targets: [
            { __address__: '127.10.0.1:80', env: 'prod', n: '1', none: '' },
            { __address__: '127.10.0.2', env: 'prod', n: '1', none: '' },
          ],
          secrets: [],
          connections: 0,
          begin: () => Promise.resolve(),
          mend: () => Promise.resolve(),
          pause: () => Promise.resolve({ reached: Promise.resolve() }),
          close: () => Promise.resolve(),
        }),
      faults: [],
      pauses: [],
      oracle: {},
    },
  ],
} satisfies MechanismCases
