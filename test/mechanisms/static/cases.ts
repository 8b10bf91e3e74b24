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
} satisfies MechanismCases
