import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  bool,
  ConfigError,
  decodeText,
  field,
  inline,
  int,
  list,
  map,
  optional,
  sameConfig,
  Secret,
  struct,
  text,
  type Type,
} from '../../src/yaml/index.js'

const texts = map(text)
const caught = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (error) {
    return error
  }
}
const values = (yaml: string, type: Type<unknown> = texts): unknown => {
  const { value, issues } = decodeText(type, 'p.yml', yaml)
  expect(issues).toEqual([])
  return value
}

describe('the tree of a file', () => {
  it('follows anchors and aliases', () => {
    expect(values('a: &x [1, 2]\nb: *x\n', map(list(int)))).toEqual({ a: [1, 2], b: [1, 2] })
  })

  it.each([
    { name: 'own keys after it count', own: '{<<: *b, y: 3}', is: { x: '1', y: '3' } },
    { name: 'own keys before it do not', own: '{y: 3, <<: *b}', is: { x: '1', y: '2' } },
    { name: 'the first of a list counts', own: '{<<: [*b, {x: 9}], y: 3}', is: { x: '1', y: '3' } },
    { name: 'the last of two counts', own: '{<<: *b, <<: {x: 9}}', is: { x: '9', y: '2' } },
    {
      name: 'what a map merges, it merges on',
      own: '{<<: {<<: *b, x: 7}}',
      is: { x: '7', y: '2' },
    },
  ])('merges a map into a struct where the key stands: $name', ({ own, is }) => {
    const pair = struct('pair', { x: field(text), y: field(text) })
    const both = struct('both', { base: field(pair), own: field(pair) })
    expect(values(`base: &b {x: 1, y: 2}\nown: ${own}\n`, both)).toMatchObject({ own: is })
  })

  it.each([
    ['{<<: *b, y: 3}', 'key "y" already set in map'],
    ['{y: 3, <<: *b}', 'key "y" already set in map'],
    ['{<<: [*b, {x: 9}]}', 'key "x" already set in map'],
  ])('refuses a key twice in a map, by a merge too: %s', (own, message) => {
    const yaml = `base: &b {x: 1, y: 2}\nown: ${own}\n`
    const { issues } = decodeText(map(texts), 'p.yml', yaml)
    expect(issues.map((issue) => issue.message)).toEqual([message])
  })

  it('merges what a map does not have', () => {
    expect(values('base: &b {x: 1}\nown: {<<: *b, y: 3}\n', map(texts))).toMatchObject({
      own: { x: '1', y: '3' },
    })
  })

  it('quotes no lines of a file that is no YAML: secrets may stand in them', () => {
    const error = caught(() => values('password: hunter2\nusers: [\n'))
    expect(error).toMatchObject({ message: expect.stringMatching(/^p\.yml:3:1: yaml: /) })
    expect(inspect(error)).not.toContain('hunter2')
  })

  it('knows where an item stands that is left out', () => {
    const yaml = 'a:\n  - x\n  -\n  - "y\n  - z"\n  -\n\n  - # nothing\n  - ~\nb:\n-\n-\n'
    const { issues } = decodeText(map(list(text, 'empty')), 'p.yml', yaml)
    expect(issues.map(({ path, line, column }) => [path, line, column])).toEqual([
      ['a[1]', 3, 3],
      ['a[3]', 6, 3],
      ['a[4]', 8, 3],
      ['a[5]', 9, 5],
      ['b[0]', 11, 1],
      ['b[1]', 12, 1],
    ])
  })

  it('keeps a quoted << as a key', () => {
    expect(values('"<<": x\n')).toEqual({ '<<': 'x' })
  })

  it('reads the first document alone', () => {
    expect(values('---\na: b\n---\nc: d\n')).toEqual({ a: 'b' })
  })

  it('does not mind carriage returns', () => {
    expect(values('a: b\r\nc: d\r\n')).toEqual({ a: 'b', c: 'd' })
  })

  it('takes names that objects have already for plain names', () => {
    const value = values('__proto__: x\nconstructor: y\n') as object
    expect(Object.entries(value)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })

  it.each([
    { name: 'an unknown anchor', yaml: 'a: *x\n', want: "p.yml:1:4: yaml: unknown anchor 'x'" },
    { name: 'a merge of a text', yaml: '<<: x\n', want: 'p.yml:1:5: yaml: map merge requires' },
    { name: 'a list as a key', yaml: '[a]: b\n', want: 'p.yml:1:1: yaml: a key must be a scalar' },
    { name: 'an open quote', yaml: 'a: "b\n', want: 'p.yml:2:1: yaml: ' },
    { name: 'a tab as indentation', yaml: 'a:\n\tb: c\n', want: 'p.yml:2:' },
    { name: 'too deep a nest', yaml: '['.repeat(5000), want: 'p.yml:1:' },
  ])('refuses $name', ({ yaml, want }) => {
    const reading = (): unknown => decodeText(texts, 'p.yml', yaml)
    expect(reading).toThrow(ConfigError)
    expect(reading).toThrow(want)
  })
})

const inner = struct('c.Inner', { user: field(text), on: field(bool, true) })
const outer = struct('c.Outer', {
  name: field(text, 'none', { always: true }),
  login: inline(inner),
  tags: field(optional(texts)),
  more: field(optional(inner)),
})

describe('structs', () => {
  it('have defaults for what is left out, zeros for null, and both for inline keys', () => {
    expect(values('{}', outer)).toMatchObject({ name: 'none', login: { user: '', on: true } })
    expect(values('{name: ~, on: ~}', outer)).toMatchObject({ name: '', login: { on: false } })
    expect(values('~', outer)).toMatchObject({ name: '', login: { on: false } })
  })

  it.each([
    { yaml: '{}', printed: { name: 'none', on: true } },
    {
      yaml: '{tags: {}, more: {}}',
      printed: { name: 'none', on: true, tags: {}, more: { on: true } },
    },
    { yaml: '{name: "", on: false}', printed: { name: '' } },
  ])('print $yaml without what is empty', ({ yaml, printed }) => {
    expect(outer.encode(values(yaml, outer) as never)).toEqual(printed)
  })

  it('say where a value stands, also after reading', () => {
    const { value, places } = decodeText(map(outer), 'p.yml', 'a:\n  name: x\n  more: {user: y}\n')
    const one = value['a']
    if (one?.more === undefined) throw new Error('nothing was read')
    expect(places.of(one, 'name')).toEqual({ file: 'p.yml', line: 2, column: 3, path: 'a.name' })
    expect(places.of(one.more)).toMatchObject({ line: 3, column: 9, path: 'a.more' })
    expect(places.of(one.login, 'user')).toMatchObject({ line: 2, column: 3, path: 'a' })
    expect(places.of({})).toBeUndefined()
  })

  it('do not mistake a far word for a near miss', () => {
    const { issues } = decodeText(outer, 'p.yml', '{nmae: a, tgs: {}, completely_else: 1}')
    expect(issues.map(({ hint }) => hint)).toEqual([
      'did you mean "name"?',
      'did you mean "tags"?',
      undefined,
    ])
  })
})

describe('sameConfig', () => {
  it.each<[a: unknown, b: unknown, same: boolean]>([
    [{ a: [1, { b: 'x' }] }, { a: [1, { b: 'x' }] }, true],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [{ a: 1 }, { a: 1, b: undefined }, false],
    [[1, 2], [2, 1], false],
    [[], {}, false],
    [new Secret('a'), new Secret('a'), true],
    [new Secret('a'), new Secret('b'), false],
    [Number.NaN, Number.NaN, true],
    [{ a: null }, { a: {} }, false],
  ])('%# %o and %o: %s', (a, b, same) => {
    expect(sameConfig(a, b)).toBe(same)
  })

  it('knows the secrets of another copy of the class', async () => {
    // Vite loads a file again when its name has a query.
    const copy = '../../src/yaml/types/secret.js?copy'
    const other = (await import(copy)) as { Secret: typeof Secret }
    expect(other.Secret).not.toBe(Secret)
    expect(sameConfig(new other.Secret('a'), new other.Secret('b'))).toBe(false)
    expect(sameConfig(new other.Secret('a'), new other.Secret('a'))).toBe(true)
  })
})
