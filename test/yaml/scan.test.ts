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
    [
      'a byte order mark behind the start, as a character',
      'a: [x,\n\ufeffz]\n',
      { a: ['x', '\ufeffz'] },
    ],
    ['a byte order mark inside of a text', 'a: x\ufeffy\n', { a: 'x\ufeffy' }],
    ['a line end of YAML 1.1 in a text', 'a: x \u2028  y\nb: w\n', { a: 'x\u2028y', b: 'w' }],
    ['the same in single quotes', "a: 'it''s \\ \u2028 y'\n", { a: "it's \\\u2028y" }],
    ['the same in double quotes', 'a: "x\\"\\\\ \u2029 y"\n', { a: 'x"\\\u2029y' }],
    ['the same behind another line end', 'a: "x\n\u2028\n y"\n', { a: 'x\u2028\ny' }],
    ['the same behind an escaped one', 'a: "x\\\u2028 \u2028 y"\n', { a: 'x\u2028y' }],
    ['the same behind an escaped blank', 'a: "x\\ \u2028 y"\n', { a: 'x \u2028y' }],
    [
      'the same in a literal block',
      'a: |\n  x "\\\u2028  y\nb: w\n',
      { a: 'x "\\\u2028y\n', b: 'w' },
    ],
    [
      'the same in a folded block',
      'a: >-\n  x\n  y\u2028  z\n\nb: w\n',
      { a: 'x y\u2028z', b: 'w' },
    ],
    [
      'the same in a block that keeps its end',
      'a: |+\n  x\u2028\n\nb: w\n',
      { a: 'x\u2028\n\n', b: 'w' },
    ],
    ['a next line of 1.1 in a text', "a: 'x \u0085 y'\n", { a: 'x y' }],
    ['tabs around the lines of a text', "a: 'x\t\n\ty'\nb: x\n \ty\n", { a: 'x y', b: 'x y' }],
    ['a block that the text ends in', 'a: |\n  x\n  y', { a: 'x\ny' }],
    ['a folded block that the text ends in', 'a: >+\n  x\n  y', { a: 'x y' }],
    ['a comma in a tag', 'a: [!*b, c, d]\n', { a: ['c', 'd'] }],
    ['an anchor right before a colon', 'a: {&x: b}\n', { a: { '': 'b' } }],
    ['a key that is null', 'a: {~: b, !!null "": c}\n', { a: { '': 'c' } }],
    ['a null that a tag makes', 'a: !!null "~"\n', { a: null }],
    ['a quoted text that goes on at the start of a line', "- a: ['x\ny']\n", [{ a: ['x y'] }]],
    ['a colon at the end of a text in brackets', "a: [b:, it's:]\n", { a: ['b:', "it's:"] }],
    [
      'a question mark right before a key in brackets',
      'a: {b: c,?d: e}\n',
      { a: { b: 'c', d: 'e' } },
    ],
    ['an indicator and a sign behind a block', 'a: |1+\n  x\n\nb: w\n', { a: ' x\n\n', b: 'w' }],
    ['the sign first', 'a: >-1\n  x\nb: w\n', { a: ' x', b: 'w' }],
    ['carriage returns alone', 'a: x\r# c\rb:\r- w\r', { a: 'x', b: ['w'] }],
    ['a tab on the line behind a directive', '%YAML 1.1\n\t# note\n---\na: x\n', { a: 'x' }],
    ['an escaped line end before an empty line', 'a: "x\\\n\n  y"\n', { a: 'x\ny' }],
    ['escapes in a tag', 'a: !!%73tr 5\n', { a: '5' }],
    ['a quoted text behind the document', '[a]\n"b": c\n', ['a']],
    ['a key that a question mark begins', '? a\n: x\n? b\n: w\n', { a: 'x', b: 'w' }],
    ['a block of text behind an anchor', 'a: &x |\n  y\nb: *x\n', { a: 'y\n', b: 'y\n' }],
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
    [
      'a byte order mark before an end of the document',
      'a: x\n\ufeff...\n',
      "2:1: yaml: could not find expected ':'",
    ],
    [
      'an open quote behind the document',
      '[a]\n"b\n',
      '2:1: yaml: end of the stream or a document separator is expected',
    ],
    [
      'a key on two lines, in brackets',
      "a: {b: c, 'd\n  ': e}\n",
      "2:4: yaml: did not find expected ',' or ']'",
    ],
    [
      'a colon on the next line, in brackets',
      'a: {b: [c], d\n  : e}\n',
      "2:3: yaml: did not find expected ',' or ']'",
    ],
    ['a question mark in brackets', 'a: [x?y]\n', "1:6: yaml: did not find expected ',' or ']'"],
    [
      'a bracket right behind a text',
      'a: {b:[c]}\n',
      "1:7: yaml: did not find expected ',' or ']'",
    ],
    ['an end before any start', '...\na: x\n', '1:1: yaml: did not find expected node content'],
    ['a tag without a name', 'a: !! x\n', '1:4: yaml: did not find expected tag URI'],
    ['half an escape in a tag', 'a: !b%4 x\n', '1:4: yaml: did not find URI escaped octet'],
    ['no UTF-8 in a tag', 'a: !b%ff x\n', '1:4: yaml: found an incorrect UTF-8 octet'],
    [
      'a number sign in a tag',
      'a: !b#c x\n',
      '1:4: yaml: did not find expected whitespace or line break',
    ],
    [
      'words behind a quoted text, in a list that is not indented',
      "a:\n- 'x'  y: z\n",
      '2:8: yaml: did not find expected key',
    ],
    ['a colon without a key', 'a: x\n: y\n', '2:1: yaml: did not find expected key'],
    ['a colon at the start of a map', 'a:\n  : y\n', '2:3: yaml: did not find expected key'],
    [
      'a colon at the start of a text in brackets',
      'a: [:x]\n',
      '1:5: yaml: did not find expected node content',
    ],
    [
      'a carriage return in a key, in brackets',
      'a: {b\r: c}\n',
      "1:7: yaml: did not find expected ',' or ']'",
    ],
    [
      'a byte order mark on the second line',
      '\n\ufeff# note\na: x\n',
      '3:2: yaml: mapping values are not allowed in this context',
    ],
  ])('%s', (_, yaml, says) => {
    expect(read(yaml)).toBe(`p.yml:${says}`)
  })

  it.each([
    ['!!int web: x', 'cannot decode !!str `web` as a !!int'],
    ['{!!float on: x}', 'cannot decode !!bool `on` as a !!float'],
    ['!!null web: x', 'cannot decode !!str `web` as a !!null'],
    ['!!binary web: x', '!!binary value contains invalid base64 data'],
  ])('a tag that its key is not of: %s', (yaml, message) => {
    const { issues } = decodeText(anyValue, 'p.yml', yaml)
    expect(issues.map((issue) => issue.message)).toEqual([message])
  })

  it('a tag that the text is not of', () => {
    const { issues } = decodeText(
      anyValue,
      'p.yml',
      'a: !!int web\nb: !!float 5\nc: !!int geheimgeheim\n',
    )
    expect(issues.map(({ line, message }) => [line, message])).toEqual([
      [1, 'cannot decode !!str `web` as a !!int'],
      [3, 'cannot decode !!str `geheimg...` as a !!int'],
    ])
  })
})
