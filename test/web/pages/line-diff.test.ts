import { describe, expect, it } from 'vitest'
import { hunks, lineDiff } from '../../../src/web/pages/line-diff.js'

const signs = { same: ' ', added: '+', removed: '-' } as const

function diffOf(before: string, after: string): string | undefined {
  return lineDiff(before.split(''), after.split(''))
    ?.map(({ kind, text }) => signs[kind] + text)
    .join('')
}

function numbered(of: string): readonly string[] {
  return Array.from({ length: 600 }, (_, i) => `${of}${String(i)}`)
}

describe('a comparison of lines', () => {
  it.each([
    { before: '', after: '', shows: '' },
    { before: 'abc', after: 'abc', shows: ' a b c' },
    { before: '', after: 'ab', shows: '+a+b' },
    { before: 'ab', after: '', shows: '-a-b' },
    { before: 'abc', after: 'axc', shows: ' a-b+x c' },
    { before: 'abc', after: 'abxc', shows: ' a b+x c' },
    { before: 'abcabba', after: 'cbabac', shows: '-a-b c+b a b-b a+c' },
  ])('of $before and $after is $shows', ({ before, after, shows }) => {
    expect(diffOf(before, after)).toBe(shows)
  })

  it('leads from any text to any other', () => {
    let seed = 1
    const dice = (end: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
      return (seed >> 8) % end
    }
    for (let round = 0; round < 300; round += 1) {
      const text = (): string[] => Array.from({ length: dice(12) }, () => 'abc'[dice(3)] ?? '')
      const [before, after] = [text(), text()]
      const lines = lineDiff(before, after) ?? []
      expect(lines.filter(({ kind }) => kind !== 'added').map((one) => one.text)).toEqual(before)
      expect(lines.filter(({ kind }) => kind !== 'removed').map((one) => one.text)).toEqual(after)
    }
  })

  it('is given up where the texts have nothing in common', () => {
    expect(lineDiff(numbered('a'), numbered('b'))).toBeUndefined()
  })

  it('is shown with some lines around what differs', () => {
    const lines = lineDiff('abcdefgh'.split(''), 'abcdXfgh'.split('')) ?? []
    expect(hunks(lines, 1).map((one) => (one.kind === 'skipped' ? one.count : one.text))).toEqual([
      3,
      'd',
      'e',
      'X',
      'f',
      2,
    ])
  })
})
