import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { visibleLine, visibleLines } from '../../src/go/visible.js'

describe('a text for a terminal', () => {
  it.each([
    ['is left as it is', 'say "a\\b" grün 日本 🚀 é', 'say "a\\b" grün 日本 🚀 é'],
    ['has its escape codes shown', '\u001b[31m\u009b1m', String.raw`\x1b[31m\u009b1m`],
    ['has bells, tabs and line breaks shown', '\u0007\t\r\n', String.raw`\a\t\r\n`],
    ['has DEL and NEL shown', '\u007f\u0085', String.raw`\x7f\u0085`],
    ['has its marks of direction shown', '\u202e\u2066\u200f', String.raw`\u202e\u2066\u200f`],
    ['has other spaces shown', '\u00a0\u2028\u3000', String.raw`\u00a0\u2028\u3000`],
    ['has what is invisible shown', '\u200b\ufeff\u{E0001}', String.raw`\u200b\ufeff\U000e0001`],
    ['has bytes that are not UTF-8 shown', '\udcff', String.raw`\xff`],
  ])('%s', (_title, text, shown) => {
    expect(visibleLine(text)).toBe(shown)
  })

  it('keeps its line breaks where it has several lines', () => {
    expect(visibleLines('a\n\tb\r\u001b')).toBe('a\n\tb\\r\\x1b')
  })
})

describe('the program', () => {
  it('prints through one file, which makes such characters visible', () => {
    const folder = path.resolve(import.meta.dirname, '../../src/cli')
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    const writers = files.filter(
      (file) =>
        file.endsWith('.ts') &&
        /\.write\(|\bconsole\.(?:debug|error|info|log|warn)/.test(
          readFileSync(path.join(folder, file), 'utf8'),
        ),
    )
    // Lines of a log in JSON have escapes of their own; `follow` writes a file; the line of progress is drawn in
    // place, from visible characters.
    expect(writers.sort()).toEqual([
      'faults.ts',
      'follow/list-follower.ts',
      'print.ts',
      'terminal/progress.ts',
    ])
  })
})
