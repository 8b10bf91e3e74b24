import { describe, expect, it } from 'vitest'
import { editText } from '../../src/yaml/tree/edited-text.js'
import { scan } from '../../src/yaml/tree/scan.js'
import { decodeText, formatIssue, list, map, text } from '../../src/yaml/index.js'

const read = (yaml: string): unknown => {
  const { value, issues } = decodeText(map(list(text)), 'p.yml', yaml)
  return issues.length > 0 ? issues.map(formatIssue) : value
}

describe('lines that Go does not ask to be indented', () => {
  it.each([
    { name: 'a bracket under its key', yaml: 'a: [\n  x,\n  y,\n]\n', is: { a: ['x', 'y'] } },
    {
      name: 'items under their key',
      yaml: 'a: [x,\ny]\nb: [z]\n',
      is: { a: ['x', 'y'], b: ['z'] },
    },
    {
      name: 'a text in quotes',
      yaml: 'a: ["x\ny"]\nb:\n- "p\n\nq"\n',
      is: { a: ['x y'], b: ['p\nq'] },
    },
    { name: 'single quotes', yaml: "a: ['it''s\nme']\n", is: { a: ["it's me"] } },
    { name: 'tabs in brackets', yaml: 'a: [\n\tx,\n\ty\n]\n', is: { a: ['x', 'y'] } },
    {
      name: 'comments in brackets',
      yaml: 'a: [ # it\'s "x"\nx, # ]\n# ]\ny]\n',
      is: { a: ['x', 'y'] },
    },
    { name: 'a bracket in a plain text', yaml: 'b:\n- x[\na: [\n]\n', is: { b: ['x['], a: [] } },
    { name: 'a quote in a plain text', yaml: "b: [it's,\nme]\n", is: { b: ["it's", 'me'] } },
    {
      name: 'a block scalar with brackets',
      yaml: 'b:\n- |\n  [not\n  closed\na: [x\n]\n',
      is: { b: ['[not\nclosed\n'], a: ['x'] },
    },
    { name: 'other ends of lines', yaml: 'a: [\r\nx\r\n]\r\n', is: { a: ['x'] } },
    {
      name: 'brackets in brackets',
      yaml: '"a": !!seq [\n"x", "y:\n]"\n]\n',
      is: { a: ['x', 'y: ]'] },
    },
    { name: 'an alias', yaml: 'a: &x [\nz\n]\nb: *x\n', is: { a: ['z'], b: ['z'] } },
  ])('$name', ({ yaml, is }) => {
    expect(read(yaml)).toEqual(is)
  })

  it('errors keep their places in the file', () => {
    expect(read('a: [\n  x,\n]\nb: [\n{p: q},\n  r]\nc:\n- s\n- {}\n')).toEqual([
      'p.yml:5:1: b[0]: cannot unmarshal !!map into string',
      'p.yml:9:3: c[1]: cannot unmarshal !!map into string',
    ])
  })

  it.each([
    { yaml: 'a: [\nx\n', says: 'p.yml:2:1: yaml: deficient indentation' },
    { yaml: 'a: [\n]\nb: [x\n', says: 'p.yml:2:1: yaml: deficient indentation' },
    { yaml: 'a: x\n  y: z\n', says: 'p.yml:2:' },
  ])('what is wrong all the same says what it said: $yaml', ({ yaml, says }) => {
    expect(() => read(yaml)).toThrow(says)
  })

  it('every offset has its way back', () => {
    const original = 'a: [\n x,\ny]\nb: "p\nq"\nc: z\n'
    const edits = scan(original).innerLines.map((at) => ({ at, remove: 0, insert: '    ' }))
    const indented = editText(original, edits, original.length)
    const back = Array.from(indented.text, (char, i) => [char, indented.original(i)] as const)
    const kept = back.filter(([char, at]) => char !== ' ' || original[at] === ' ')
    for (const [char, at] of kept) if (char !== ' ') expect(original[at]).toBe(char)
    expect(new Set(back.map(([, at]) => at)).size).toBe(original.length)
  })
})
