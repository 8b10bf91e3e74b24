import { describe, expect, it } from 'vitest'
import {
  anyValue,
  bool,
  decodeText,
  duration,
  field,
  inline,
  int,
  list,
  map,
  secret,
  struct,
  text,
  type Type,
} from '../../src/yaml/index.js'

const login = struct('http.plain', { user: field(text, ''), password: field(secret) })
const job = struct('config.Job', {
  name: field(text, ''),
  every: field(duration, 60_000, { always: true }),
  http: inline(login),
  ports: field(list(int), []),
  tags: field(map(text), {}),
  strict: field(bool, true),
})
const file = struct('config.plain', { jobs: field(list(job), []) })

const ten = (item: string): string => `[${Array.from({ length: 10 }, () => item).join(',')}]`

function issuesOf(text: string): readonly string[] {
  return decodeText(file, 'p.yml', text).issues.map(
    (i) =>
      `${String(i.line)}:${String(i.column)} ${i.path}: ${i.message}${i.hint ? ` (${i.hint})` : ''}`,
  )
}

describe('decodeText', () => {
  it('reads values by the type that asks, as Go does', () => {
    const { value, issues } = decodeText(
      file,
      'p.yml',
      'jobs:\n- name: on\n  every: 1h30m\n  user: 0123\n  password: pw\n  ports: [0x10, 010, 2.0]\n  tags: {a: yes, b: 1.50}\n  strict: off\n',
    )
    expect(issues).toEqual([])
    const [first] = value.jobs
    expect(first).toMatchObject({
      name: 'on',
      every: 5_400_000,
      ports: [16, 8, 2],
      tags: { a: 'yes', b: '1.50' },
      strict: false,
    })
    expect(first?.http.user).toBe('0123')
    expect(first?.http.password.reveal()).toBe('pw')
    expect(file.encode(value)).toEqual({
      jobs: [
        {
          name: 'on',
          every: '1h30m',
          user: '0123',
          password: '<secret>',
          ports: [16, 8, 2],
          tags: { a: 'yes', b: '1.50' },
        },
      ],
    })
  })

  it.each([
    {
      name: 'an unknown key, with the near miss named',
      text: 'jobs:\n- name: a\n  evry: 1m\n',
      want: ['3:3 jobs[0].evry: field evry not found in type config.Job (did you mean "every"?)'],
    },
    {
      name: 'every fault of a file, not just the first',
      text: 'jobs:\n- name: [a]\n  every: 1x\n- ports: [a]\n  strict: "yes"\n',
      want: [
        '2:9 jobs[0].name: cannot unmarshal !!seq into string',
        '3:10 jobs[0].every: unknown unit "x" in duration "1x"',
        '4:11 jobs[1].ports[0]: cannot unmarshal !!str `a` into int',
        '5:11 jobs[1].strict: cannot unmarshal !!str `yes` into bool',
      ],
    },
    {
      name: 'a key that stands twice',
      text: 'jobs: []\njobs: []\n',
      want: ['2:1 jobs: field jobs already set in type config.plain (the first one is at 1:1)'],
    },
  ])('reports $name', ({ text: yaml, want }) => {
    expect(issuesOf(yaml)).toEqual(want)
  })

  it.each([
    {
      name: 'an anchor that contains itself',
      text: 'a: &x [*x]\n',
      want: /anchor 'x' value contains itself/,
    },
    {
      name: 'bad indentation',
      text: 'jobs: 1\n b: 2\n',
      want: /^p\.yml:2:3: yaml: bad indentation/,
    },
  ])('refuses $name with its place', ({ text: yaml, want }) => {
    expect(() => decodeText(file, 'p.yml', yaml)).toThrow(want)
  })

  it('stops an alias bomb', () => {
    const levels = [0, 1, 2, 3, 4, 5, 6].map(
      (i) => `- &a${String(i)} ${ten(i === 0 ? '1' : `*a${String(i - 1)}`)}\n`,
    )
    const nested: Type<unknown> = {
      ...list(int),
      zero: () => [],
      decode: (node, at) =>
        node.kind === 'list' ? node.items.map((item, i) => at.read(nested, item, i)) : 0,
      encode: () => null,
    }
    expect(() => decodeText(nested, 'p.yml', levels.join(''))).toThrow(/excessive aliasing/)
  })

  it('gives an explicit null the zero value, and a missing key the default', () => {
    const { value } = decodeText(file, 'p.yml', 'jobs:\n- every:\n  strict: ~\n- {}\n')
    expect(value.jobs.map((j) => [j.every, j.strict])).toEqual([
      [0, false],
      [60_000, true],
    ])
  })

  it('takes an empty file for null', () => {
    expect(decodeText(file, 'p.yml', '')).toMatchObject({ value: { jobs: [] }, issues: [] })
  })
})

describe('a file that is long or deep', () => {
  const merged = struct('config.plain', { x: field(map(int)), y: field(map(int)) })

  it('may merge 200,000 keys', () => {
    const keys = Array.from({ length: 200_000 }, (_, i) => `  k${String(i)}: 1\n`).join('')
    const { value, issues } = decodeText(merged, 'p.yml', `x: &a\n${keys}y:\n  <<: *a\n`)
    expect(issues).toEqual([])
    expect(Object.keys(value.y)).toHaveLength(200_000)
  })

  it.each([
    ['lists', '['.repeat(100_000)],
    ['maps', '{a: '.repeat(100_000)],
    ['dashes', '- '.repeat(100_000)],
    ['question marks', '? '.repeat(100_000)],
  ])('of %s in each other is refused with its place', (_, text) => {
    expect(() => decodeText(map(anyValue), 'p.yml', text)).toThrow(/^p\.yml:1:\d+: yaml: nesting/)
  })

  it('through aliases of aliases is refused with its place', () => {
    const levels = Array.from(
      { length: 20_000 },
      (_, i) => `a${String(i + 1)}: &a${String(i + 1)} [*a${String(i)}]\n`,
    )
    expect(() => decodeText(map(anyValue), 'p.yml', `a0: &a0 [1]\n${levels.join('')}`)).toThrow(
      /^p\.yml:1:\d+: a499\S*: yaml: nesting exceeds 500 levels through aliases/,
    )
  })
})
