import type { MechanismCases } from '../suite/cases.js'

export default {
  section: {
    least: { files: ['/a.json'] },
    prints: { files: ['/a.json'], refresh_interval: '5m' },
    most: [{ files: ['/a.json', '/b/*.yml'], refresh_interval: '1m' }],
    refused: [
      [{}, '1:1: file service discovery config must contain at least one path name'],
      [{ files: ['a.txt'] }, '1:1: path name "a.txt" is not valid for file discovery'],
      [{ files: ['a.Json'] }, '1:1: path name "a.Json" is not valid for file discovery'],
      [{ files: ['*/a.json'] }, '1:1: path name "*/a.json" is not valid for file discovery'],
      [{ names: ['a.json'] }, '1:1: names: field names not found in type file.plain'],
    ],
  },
} satisfies MechanismCases
