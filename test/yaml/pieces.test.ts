import { describe, expect, it } from 'vitest'
import { allAtOnce } from '../../src/waiting/turns.js'
import {
  anyValue,
  checkedByKey,
  ConfigError,
  decodeText,
  decodingText,
  field,
  int,
  list,
  struct,
  text,
} from '../../src/yaml/index.js'
import { piecesOf } from '../../src/yaml/tree/pieces.js'

const job = checkedByKey(
  struct('Job', { name: field(text), size: field(int), any: field(anyValue) }),
  (value, at, isSound) => {
    if (value.name === '' && isSound('name')) at.failKey('name', 'name is empty')
  },
)
const file = struct('File', {
  global: field(struct('Global', { size: field(int) })),
  jobs: field(list(job, 'empty job')),
  names: field(list(text)),
})

/** A text long enough that it is read piece by piece. */
function longText(first: string, item: (i: number) => string, last = ''): string {
  return first + Array.from({ length: 5000 }, (_, i) => item(i)).join('') + last
}

/** What a text is read as; or what is said of it. */
function read(how: typeof decodeText, yaml: string): unknown {
  try {
    const { value, issues } = how(file, 'p.yml', yaml)
    return { value, issues }
  } catch (error) {
    return error instanceof ConfigError ? error.message : error
  }
}

const inSteps: typeof decodeText = (type, name, yaml, places) =>
  allAtOnce(decodingText(type as never, name, yaml, places)) as never

const item = (i: number): string => `  - name: job ${String(i)}\n    size: ${String(i)}\n`

describe('a text that is read in steps', () => {
  it.each([
    ['a list below a key', longText('global: {size: 1}\njobs:\n', item, 'names: [a]\n')],
    ['comments and empty lines', longText('# a\n\njobs: # b\n\n# c\n', (i) => `${item(i)}\n# x\n`)],
    [
      'items at the start of the line',
      longText('---\njobs:\n', (i) => item(i).replaceAll(/^ {2}/gm, ''), 'names:\n- a\n- b\n'),
    ],
    ['Windows line ends', longText('jobs:\n', item).replaceAll('\n', '\r\n')],
    [
      'texts over several lines',
      longText('jobs:\n', (i) => `  - name: 'a\n\n      ${String(i)}'\n`),
    ],
    [
      'a text with dashes',
      longText('jobs:\n', (i) => `  - any: |\n      - a\n    name: x${String(i)}\n`),
    ],
    [
      'a text that goes on where items begin',
      longText('jobs:\n', (i) => `  - name: 'a\n  - b${String(i)}'\n`),
    ],
    [
      'brackets that go on there',
      longText('jobs:\n', () => "  - any: ['a',\n  - 1]\n    name: x\n"),
    ],
    [
      'names of one item in others',
      longText(
        'jobs:\n  - &a\n    name: x\n    size: 1\n',
        (i) => `  - <<: *a\n    size: ${String(i)}\n`,
      ),
    ],
    ['a name that is not there', longText('jobs:\n', item, '  - *gone\n')],
    ['a mistake in an item', longText('jobs:\n', item, '  - nam: x\n    size: a\n')],
    ['an item of null', longText('jobs:\n', item, '  -\n  - name: x\n')],
    ['a key twice', longText('jobs:\n', item, 'names: [a]\nnames: [b]\n')],
    ['a list twice', longText('jobs:\n', item, 'jobs:\n  - name: x\n')],
    ['an unknown list', longText('jobs:\n', item, 'job:\n  - name: x\n')],
    ['a list where a map should be', longText('jobs:\n', item, 'global:\n  - name: x\n')],
    ['no YAML', longText('jobs:\n', item, '  - [\n')],
    ['a control character', longText('jobs:\n', item, '  - name: "\u0001"\n')],
    ['a second document', longText('jobs:\n', item, '---\n]\n')],
    ['a line beside the items', longText('jobs:\n', item, ' - name: x\n')],
    ['a document that is indented', longText('  jobs:\n', (i) => item(i).replaceAll(/^/gm, '  '))],
    ['a merge into the document', longText('a: &a {names: [x]}\n<<: *a\njobs:\n', item)],
    ['a key in what looks like a comment', longText('# x\u2028names: [a]\njobs:\n', item)],
    ['a control character in the first comment', longText('# \u0001\njobs:\n', item)],
    ['a text alone', longText('', (i) => `word ${String(i)} is long\n`)],
  ])('is what it is at once: %s', (_, yaml) => {
    expect(read(inSteps, yaml)).toEqual(read(decodeText, yaml))
  })

  it('names a thousand mistakes and counts the others', () => {
    const yaml = longText('jobs:\n', (i) => `  - name: x\n    siz${String(i)}: 1\n    size: web\n`)
    const { value, issues, uncollected } = allAtOnce(decodingText(file, 'p.yml', yaml))
    expect(issues.slice(998, 1000)).toMatchObject([
      { line: 1500, path: 'jobs[499].siz499' },
      { line: 1501, path: 'jobs[499].size' },
    ])
    expect(issues.length + uncollected).toBe(10_000)
    expect(value.jobs).toHaveLength(500)
  })

  it('counts what is found by checks as well', () => {
    const yaml = longText('jobs:\n', (i) => `  - size: ${String(i)} # without a name\n`)
    const { issues, uncollected } = allAtOnce(decodingText(file, 'p.yml', yaml))
    expect(issues.length + uncollected).toBe(5000)
  })

  it('takes many steps', () => {
    const steps = decodingText(file, 'p.yml', longText('jobs:\n', item))
    expect([...steps].length).toBeGreaterThan(5000)
  })
})

describe('the pieces of a text', () => {
  it('are entries, keys of lists, and items', () => {
    const yaml = 'a: b\n# c\nd:\n  - e\n  - f\ng:\n  h: i\n'
    const pieces = [...piecesOf(yaml)].map(({ kind, start, end }) => [kind, yaml.slice(start, end)])
    expect(pieces).toEqual([
      ['entries', 'a: b\n# c\n'],
      ['key', 'd:\n'],
      ['items', '  - e\n  - f\n'],
      ['entries', 'g:\n  h: i\n'],
    ])
  })
})
