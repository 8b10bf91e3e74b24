import { describe, expect, it } from 'vitest'
import { lineText, styled } from '../../../src/cli/terminal/styled.js'
import { type Column, table } from '../../../src/cli/terminal/table.js'
import { clipTo, widthOf } from '../../../src/cli/terminal/width.js'

const columns: readonly Column[] = [
  { title: 'JOB' },
  { title: 'ADDRESS', least: 8 },
  { title: 'TARGETS', align: 'right' },
  { title: 'ERROR', least: 5 },
]

function text(rows: readonly (readonly string[])[], width: number): readonly string[] {
  return table(columns, rows, width).map((line) => lineText(line, false))
}

describe('the width of a text', () => {
  it.each([
    ['', 0],
    ['plain', 5],
    ['größe', 5],
    ['e\u0301', 1],
    ['日本', 4],
    ['ｆｕｌｌ', 8],
    ['한글', 4],
    ['🎯', 2],
    ['☎', 1],
    ['𠀀', 2],
    ['…', 1],
  ])('of %j is %i', (given, width) => {
    expect(widthOf(given)).toBe(width)
  })

  it.each([
    ['plain', 5, 'plain'],
    ['plain', 4, 'pla…'],
    ['plain', 1, '…'],
    ['日本語', 6, '日本語'],
    ['日本語', 5, '日本…'],
    ['日本語', 4, '日…'],
    ['plain', Infinity, 'plain'],
  ])('%j in %i columns is %j', (given, width, clipped) => {
    expect(clipTo(given, width)).toBe(clipped)
  })
})

describe('a table', () => {
  const rows = [
    ['node', '10.0.0.1:9100', '12', 'connection refused by the server'],
    ['日本', '[::1]:9', '1', ''],
  ]

  it('is as wide as its cells where there is room', () => {
    expect(text(rows, Infinity)).toEqual([
      'JOB   ADDRESS        TARGETS  ERROR',
      'node  10.0.0.1:9100       12  connection refused by the server',
      '日本  [::1]:9              1',
    ])
  })

  it.each([62, 50, 40, 34])('fits a window of %i columns', (width) => {
    for (const line of text(rows, width)) expect(widthOf(line)).toBeLessThanOrEqual(width)
  })

  it('cuts the widest column first', () => {
    expect(text(rows, 45)[1]).toBe('node  10.0.0.1:9100       12  connection ref…')
  })

  it('cuts no further than the columns may be', () => {
    expect(text(rows, 10)[1]).toBe('node  10.0.0.…       12  conn…')
  })

  it('takes a cell of a megabyte', () => {
    expect(text([['a', 'b', '1', 'x'.repeat(1 << 20)]], 80)[1]).toHaveLength(80)
  })

  it('keeps the style of a cell that is cut, and escapes it before it is measured', () => {
    const [, line] = table(columns, [['a', 'b', '1', styled('red', '\u001B\u001B\u001B')]], 35)
    expect(lineText(line ?? '', true)).toBe(
      'a    b              1  \u001B[31m\\x1b\\x1b\\x1b\u001B[0m',
    )
  })
})
