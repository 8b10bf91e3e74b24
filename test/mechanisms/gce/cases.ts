import type { MechanismCases } from '../suite/cases.js'

export default {
  section: {
    least: { project: 'a', zone: 'b' },
    prints: { project: 'a', zone: 'b', refresh_interval: '1m', port: 80, tag_separator: ',' },
    most: [
      { project: 'a', zone: 'b', filter: 'f', tag_separator: ';', refresh_interval: '2m', port: 1 },
    ],
    refused: [
      [{ zone: 'x' }, '1:1: GCE SD configuration requires a project'],
      [{ project: 'x' }, '1:1: GCE SD configuration requires a zone'],
    ],
  },
} satisfies MechanismCases
