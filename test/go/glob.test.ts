import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FilePattern } from '../../src/go/glob.js'
import { compileSegment } from '../../src/go/glob-match.js'

describe('names match as in Go', () => {
  // From the table of path/filepath's own tests.
  it.each([
    { pattern: 'abc', name: 'abc', is: true },
    { pattern: '*', name: 'abc', is: true },
    { pattern: '*c', name: 'abc', is: true },
    { pattern: 'a*', name: 'a', is: true },
    { pattern: 'a*', name: 'abc', is: true },
    { pattern: 'a*b*c*d*e*', name: 'axbxcxdxe', is: true },
    { pattern: 'a*b?c*x', name: 'abxbbxdbxebxczzx', is: true },
    { pattern: 'a*b?c*x', name: 'abxbbxdbxebxczzy', is: false },
    { pattern: 'ab[c]', name: 'abc', is: true },
    { pattern: 'ab[b-d]', name: 'abc', is: true },
    { pattern: 'ab[e-g]', name: 'abc', is: false },
    { pattern: 'ab[^c]', name: 'abc', is: false },
    { pattern: 'ab[^b-d]', name: 'abc', is: false },
    { pattern: 'ab[^e-g]', name: 'abc', is: true },
    { pattern: 'a\\*b', name: 'a*b', is: true },
    { pattern: 'a\\*b', name: 'ab', is: false },
    { pattern: 'a?b', name: 'a☺b', is: true },
    { pattern: 'a[^a]b', name: 'a☺b', is: true },
    { pattern: 'a???b', name: 'a☺b', is: false },
    { pattern: 'a[^a][^a][^a]b', name: 'a☺b', is: false },
    { pattern: '[a-ζ]*', name: 'α', is: true },
    { pattern: '*[a-ζ]', name: 'A', is: false },
    { pattern: '[\\]a]', name: ']', is: true },
    { pattern: '[\\-]', name: '-', is: true },
    { pattern: '[x\\-]', name: 'x', is: true },
    { pattern: '[x\\-]', name: 'z', is: false },
    { pattern: '[\\-x]', name: '-', is: true },
    { pattern: '[z-a]', name: 'b', is: false },
    { pattern: '*.json', name: 'a.b.json', is: true },
    { pattern: '*.json', name: '.json', is: true },
    { pattern: 'a.json', name: 'axjson', is: false },
    { pattern: 'a+(b).json', name: 'a+(b).json', is: true },
  ])('$pattern and $name: $is', ({ pattern, name, is }) => {
    expect(compileSegment(pattern)?.(name)).toBe(is)
  })

  it.each(['[', '[^', '[^bc', 'a[', '[]a]', '[-]', '[x-]', '[-x]', '[a-b-c]', '\\', '[a'])(
    '%s is malformed',
    (pattern) => {
      expect(compileSegment(pattern)).toBeUndefined()
    },
  )
})

describe('patterns find files as in Go', () => {
  let root = ''
  beforeAll(() => {
    root = mkdtempSync(path.join(os.tmpdir(), 'muster-glob-'))
    mkdirSync(path.join(root, 'b'))
    mkdirSync(path.join(root, 'a'))
    for (const name of ['a/2.json', 'a/10.json', 'a/1.yml', 'a/.json', 'b/2.json', '[x].json']) {
      writeFileSync(path.join(root, name), '[]')
    }
    symlinkSync('nowhere', path.join(root, 'a/dangling.json'))
  })
  afterAll(() => rmSync(root, { recursive: true }))

  it.each([
    { pattern: 'a/*.json', found: ['a/.json', 'a/10.json', 'a/2.json', 'a/dangling.json'] },
    { pattern: 'a//./*.yml', found: ['a/1.yml'] },
    { pattern: '?/2.json', found: ['a/2.json', 'b/2.json'] },
    { pattern: '[ab]/2.json', found: ['a/2.json', 'b/2.json'] },
    { pattern: 'missing/*.json', found: [] },
    { pattern: 'a/missing.json', found: [] },
    { pattern: 'a/2.json/*.json', found: [] },
    { pattern: '\\[x\\].json', found: ['[x].json'] },
    { pattern: '[.json', found: [] },
  ])('$pattern', async ({ pattern, found }) => {
    const list = await new FilePattern(`${root}/${pattern}`).list()
    expect(list).toEqual(found.map((name) => path.join(root, name)))
  })

  it('a plain path stays as it is written', async () => {
    const written = `${root}//a/2.json`
    expect(await new FilePattern(written).list()).toEqual([written])
    expect(new FilePattern(written).pathOf('2.json')).toBe(written)
  })
})
