import { describe, expect, it } from 'vitest'
import { ConfigError, type ConfigIssue, pathsAround } from '../../src/yaml/index.js'

const issueAt = (line: number, path = 'a'): ConfigIssue => {
  return { file: 'p.yml', line, column: 1, path, message: 'is wrong' }
}

describe('ConfigError', () => {
  it('names the first thousand issues, counts the others, and has them all', () => {
    const issues = Array.from({ length: 1003 }, (_, i) => issueAt(i + 1))
    const error = new ConfigError(issues, { heading: 'p.yml cannot be used' })
    const lines = error.message.split('\n')
    expect(lines).toHaveLength(1002)
    expect(lines[1000]).toBe('  p.yml:1000:1: a: is wrong')
    expect(lines[1001]).toBe('  and 3 more')
    expect(error.issues).toBe(issues)
  })

  it('counts no others where there are none', () => {
    expect(new ConfigError([issueAt(7)]).message).toBe('p.yml:7:1: a: is wrong')
  })
})

describe('pathsAround', () => {
  it.each([
    ['', ['']],
    ['global', ['global']],
    ['a[10].b.c[2]', ['a', 'a[10]', 'a[10].b', 'a[10].b.c', 'a[10].b.c[2]']],
  ])('of %j has every list and map around it', (path, around) => {
    expect(pathsAround(issueAt(1, path))).toEqual(around)
  })
})
