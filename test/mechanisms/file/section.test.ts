import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { fileMechanism } from '../../../src/mechanisms/file/index.js'
import { decodeText, formatIssue } from '../../../src/yaml/index.js'

const { section } = fileMechanism({ registry: new Registry() })
const read = (yaml: string) => decodeText(section, '/etc/prom/p.yml', yaml)

describe('file_sd_configs', () => {
  it('has absolute patterns and an interval of five minutes', () => {
    expect(read('files: [sd/*.json, /srv/a.YML, /srv/*-*.yml]')).toMatchObject({
      issues: [],
      value: {
        files: ['/etc/prom/sd/*.json', '/srv/a.YML', '/srv/*-*.yml'],
        refresh_interval: 300_000,
      },
    })
  })

  it.each([
    { yaml: '{}', says: 'must contain at least one path name' },
    { yaml: 'files: [a.txt]', says: 'path name "/etc/prom/a.txt" is not valid for file discovery' },
    { yaml: 'files: [a.Json]', says: 'is not valid for file discovery' },
    { yaml: 'files: ["*/a.json"]', says: 'is not valid for file discovery' },
    { yaml: 'names: [a.json]', says: 'field names not found in type file.plain' },
  ])('refuses $yaml', ({ yaml, says }) => {
    expect(read(yaml).issues.map(formatIssue).join('\n')).toContain(says)
  })
})
