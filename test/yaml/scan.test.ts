import { describe, expect, it } from 'vitest'
import { anyValue, decodeText } from '../../src/yaml/index.js'

/** What a text is read as; or what is said of it, with its place. */
function read(yaml: string): unknown {
  try {
    return decodeText(anyValue, 'p.yml', yaml).value
  } catch (error) {
    return error instanceof Error ? error.message : error
  }
}

describe('YAML that Prometheus takes', () => {
  it.each([
    ['a tab behind a colon', "a:\t'x'\n", { a: 'x' }],
    ['tabs in brackets and around them', "a:\t[\t'x'\t,\n\t'y'\t]\t\n", { a: ['x', 'y'] }],
    ['a tab before a comment', 'a: x\t# note\n', { a: 'x' }],
    [
      'a comment right behind a bracket',
      "a: ['x']#note\nb: {c: d}#}\n",
      { a: ['x'], b: { c: 'd' } },
    ],
    [
      'a comment right behind a quote or a comma',
      'a: [ \'x\'#]\n  ,#\n  "y"]\n',
      { a: ['x', 'y'] },
    ],
    ['a text in a tag', 'a: !<tag:yaml.org,2002:str> 5\n', { a: '5' }],
    ['line ends of YAML 1.1', 'a: x\u0085b: v\u2028c: w\n', { a: 'x', b: 'v', c: 'w' }],
    ['an escaped single quote', 'a: "it\\\'s"\n', { a: "it's" }],
    [
      'brackets that close at the start of a line',
      'a: [\nx\n]\nb: "c\nd"\n',
      { a: ['x'], b: 'c d' },
    ],
    ['a second document, whatever is in it', 'a: x\n---\n]: [\n', { a: 'x' }],
    ['text behind the end', 'a: x\n...\n @\n', { a: 'x' }],
    ['a directive behind the document', 'a: x\n%YAML 1.2\n---\nb: y\n', { a: 'x' }],
    ['lines that are indented less than the first', '  a: x\nb: y\n', { a: 'x' }],
    ['dashes that are a text', '- x\n- y\n ---\n', ['x', 'y ---']],
    ['a byte order mark at the start of a line', 'a: [x,\n\ufeffz]\n', { a: ['x', 'z'] }],
    ['a quoted text that goes on at the start of a line', "- a: ['x\ny']\n", [{ a: ['x y'] }]],
    ['a colon at the end of a text in brackets', "a: [b:, it's:]\n", { a: ['b:', "it's:"] }],
    [
      'a question mark right before a key in brackets',
      'a: {b: c,?d: e}\n',
      { a: { b: 'c', d: 'e' } },
    ],
    ['a directive of its own version', '%YAML 1.1\n---\na: x\n', { a: 'x' }],
  ])('%s', (_, yaml, value) => {
    expect(read(yaml)).toEqual(value)
  })
})

describe('YAML that Prometheus refuses', () => {
  it.each([
    ['a control character', 'a: x\u0001\n', '1:5: yaml: control characters are not allowed'],
    ['a newer version', '%YAML 1.2\n---\na: x\n', '1:1: yaml: found incompatible YAML document'],
    ['an unknown directive', '%FOO x\n---\na: x\n', '1:1: yaml: found unknown directive name'],
    ['an unknown escape', 'a: "\\/"\n', '1:5: yaml: found unknown escape character'],
    [
      'half of a surrogate pair',
      'a: "\\ud83d"\n',
      '1:5: yaml: found invalid Unicode character escape code',
    ],
    [
      'a tab at the start of a line',
      'a:\n\t# note\n  b: c\n',
      '2:1: yaml: found character that cannot start any token (a tab: indent with spaces)',
    ],
    [
      'a key of more than 1,024 characters',
      `${'k'.repeat(1025)}: x\n`,
      '1:1026: yaml: mapping values are not allowed in this context',
    ],
    ['a question mark in brackets', 'a: [x?y]\n', "1:6: yaml: did not find expected ',' or ']'"],
    [
      'a bracket right behind a text',
      'a: {b:[c]}\n',
      "1:7: yaml: did not find expected ',' or ']'",
    ],
  ])('%s', (_, yaml, says) => {
    expect(read(yaml)).toBe(`p.yml:${says}`)
  })

  it('a tag that the text is not of', () => {
    const { issues } = decodeText(anyValue, 'p.yml', 'a: !!int web\nb: !!float 5\n')
    expect(issues.map(({ line, message }) => [line, message])).toEqual([
      [1, 'cannot decode !!str `web` as a !!int'],
    ])
  })
})
