import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { configChecksum } from '../../src/config/index.js'
import { useFolder } from './folder.js'

const folder = useFolder()
const main = 'rule_files: [rules/*.yml]\nscrape_config_files: [jobs.yml]\n'

async function files(): Promise<string> {
  await folder.write('rules/a.yml', 'a')
  await folder.write('jobs.yml', 'b')
  return folder.write('p.yml', main)
}

describe('configChecksum', () => {
  it.each([
    { name: 'the main file', change: () => folder.write('p.yml', `${main}#`) },
    { name: 'a rule file', change: () => folder.write('rules/a.yml', 'A') },
    { name: 'an included file', change: () => folder.write('jobs.yml', 'B') },
    { name: 'the list of rule files', change: () => folder.write('rules/b.yml', '') },
  ])('is another when $name is', async ({ change }) => {
    const file = await files()
    const before = await configChecksum(file)
    expect(await configChecksum(file)).toBe(before)
    await change()
    expect(await configChecksum(file)).not.toBe(before)
  })

  it('is of SHA-256 over the files, each with its kind and path', async () => {
    const file = await folder.write('p.yml', 'scrape_configs: []\n')
    expect(await configChecksum(file)).toBe(
      '95043f40c52ac1899b3e3da37a5c0facd1095a5a84161d02a47f158a6f44e633',
    )
  })

  it('does not mind a config that is not valid', async () => {
    const file = await folder.write('p.yml', 'foo: [1]\nrule_files: {a: b}\n')
    expect(await configChecksum(file)).toMatch(/^[0-9a-f]{64}$/)
  })

  it('finds the files that a config in UTF-16 names', async () => {
    await folder.write('a.yml', 'a')
    const bytes = Buffer.from('\ufeffrule_files: [a.yml]\n', 'utf16le')
    const file = await folder.write('p.yml', bytes)
    const before = await configChecksum(file)
    await folder.write('a.yml', 'A')
    expect(await configChecksum(file)).not.toBe(before)
  })

  it('is told that a file is missing', async () => {
    await expect(configChecksum(folder.path('none.yml'))).rejects.toThrow(
      /no such file or directory$/,
    )
  })
})
