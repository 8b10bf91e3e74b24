import type { MechanismCases } from '../suite/cases.js'

export default {
  section: {
    least: { servers: ['a'], paths: ['/b'] },
    prints: { servers: ['a'], paths: ['/b'], timeout: '10s' },
    most: [{ servers: ['a'], paths: ['/b', '/c'], timeout: '1s' }],
    refused: [
      [{ paths: ['/x'] }, '1:1: serverset SD config must contain at least one Zookeeper server'],
      [{ servers: ['x'] }, '1:1: serverset SD config must contain at least one path'],
      [
        { servers: ['x'], paths: ['y'] },
        "2:1: paths: serverset SD config paths must begin with '/': y",
      ],
    ],
  },
} satisfies MechanismCases
