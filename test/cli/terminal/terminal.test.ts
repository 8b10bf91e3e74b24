import { PassThrough, type Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { printLines } from '../../../src/cli/print.js'
import { styled } from '../../../src/cli/terminal/styled.js'
import { terminalOf } from '../../../src/cli/terminal/terminal.js'

function streamWith(facts: object): { readonly stream: Writable; readonly written: () => string } {
  const chunks: string[] = []
  const stream = new PassThrough().on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
  return { stream: Object.assign(stream, facts), written: () => chunks.join('') }
}

describe('a terminal', () => {
  it.each<
    readonly [title: string, isTTY: boolean, env: Readonly<Record<string, string>>, has: boolean]
  >([
    ['has colours', true, {}, true],
    ['has none where they are not wanted', true, { NO_COLOR: '1' }, false],
    ['has them where NO_COLOR is empty', true, { NO_COLOR: '' }, true],
    ['has none where it cannot show them', true, { TERM: 'dumb' }, false],
    ['has none where FORCE_COLOR is 0', true, { FORCE_COLOR: '0' }, false],
    ['has none in a pipe', false, {}, false],
    ['has them in a pipe that is to have them', false, { FORCE_COLOR: '1' }, true],
    ['has them in a pipe where FORCE_COLOR is empty, as in Node', false, { FORCE_COLOR: '' }, true],
    ['takes NO_COLOR before FORCE_COLOR', true, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('%s', (_, isTTY, env, has) => {
    expect(terminalOf(streamWith({ isTTY }).stream, env).hasColours).toBe(has)
  })

  it('is as wide as its window, also when that has changed', () => {
    const window = { isTTY: true, columns: 120, rows: 30 }
    const { stream } = streamWith(window)
    const terminal = terminalOf(stream, {})
    expect([terminal.columns, terminal.rows]).toEqual([120, 30])
    Object.assign(stream, { columns: 40 })
    expect(terminal.columns).toBe(40)
  })

  it('has a usual size where it tells none, and no end where it is none', () => {
    const { columns, rows } = terminalOf(streamWith({ isTTY: true }).stream, {})
    expect([columns, rows]).toEqual([80, 24])
    expect(terminalOf(streamWith({}).stream, {}).columns).toBe(Infinity)
  })

  it('escapes what it is given, and not its own styles', () => {
    const { stream, written } = streamWith({ isTTY: true })
    const evil = '\u001B[2J\u202Ea'
    printLines(terminalOf(stream, {}), [[styled('red', evil), ' ', evil], 'plain'])
    expect(written()).toBe('\u001B[31m\\x1b[2J\\u202ea\u001B[0m \\x1b[2J\\u202ea\nplain\n')
  })

  it('writes no styles without colours', () => {
    const { stream, written } = streamWith({})
    printLines(terminalOf(stream, {}), [[styled('red', 'a'), 'b']])
    expect(written()).toBe('ab\n')
  })
})
