import { describe, expect, it } from 'vitest'
import type { TargetGroup } from '../../../src/discovery/index.js'
import { TargetFile } from '../../../src/mechanisms/file/target-file.js'
import { GroupStore } from '../../../src/discovery/groups/group-store.js'
import { Turns } from '../../../src/waiting/turns.js'

const turns = new Turns()

interface Written {
  readonly targets: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

const yamlOf = (groups: readonly Written[]): string =>
  groups
    .map((g) => `- targets: ${JSON.stringify(g.targets)}\n  labels: ${JSON.stringify(g.labels)}\n`)
    .join('')

const brief = (groups: readonly TargetGroup[]): readonly string[] =>
  groups.map(
    ({ source, targets }) =>
      `${source}=${targets.map((t) => t['__address__']).join('+') || 'none'}`,
  )

async function read(path: string, ...contents: readonly string[]): Promise<readonly string[]> {
  const file = new TargetFile(path, turns)
  // The core compares: what it finds to be no change is none.
  const store = new GroupStore()
  let changed: readonly TargetGroup[] = []
  for (const content of contents) {
    const taken = await file.take(Buffer.from(content))
    const changes = store.take(taken)
    changed = taken.filter(({ source }) => changes.has(source))
  }
  return brief(changed)
}

describe('a file of targets', () => {
  it('names its groups by position, and says where they are from', async () => {
    const file = new TargetFile('/a.json', turns)
    await file.take(
      Buffer.from('[{"targets":["x:1","y:2"],"labels":{"env":"prod","__meta_filepath":"mine"}}]'),
    )
    expect(file.groups).toEqual([
      {
        source: '/a.json:0',
        labels: { env: 'prod', __meta_filepath: '/a.json' },
        targets: [{ __address__: 'x:1' }, { __address__: 'y:2' }],
      },
    ])
  })

  it.each([
    {
      name: 'the same content is no change',
      next: '[{"targets":["a"]},{"targets":["b"]}]',
      is: [],
    },
    {
      name: 'other spaces are no change',
      next: ' [ {"targets" : ["a"]}\n,{"targets":["b"]} ] ',
      is: [],
    },
    {
      name: 'one more at the end is one change',
      next: '[{"targets":["a"]},{"targets":["b"]},{"targets":["c"]}]',
      is: ['/f.json:2=c'],
    },
    {
      name: 'one changed in the middle is one change',
      next: '[{"targets":["x"]},{"targets":["b"]}]',
      is: ['/f.json:0=x'],
    },
    {
      name: 'one more at the beginning moves the others',
      next: '[{"targets":["z"]},{"targets":["a"]},{"targets":["b"]}]',
      is: ['/f.json:0=z', '/f.json:1=a', '/f.json:2=b'],
    },
    {
      name: 'one less at the beginning empties the last position',
      next: '[{"targets":["b"]}]',
      is: ['/f.json:0=b', '/f.json:1=none'],
    },
    { name: 'an empty list empties all', next: '[]', is: ['/f.json:0=none', '/f.json:1=none'] },
    { name: 'null is an empty list', next: ' null ', is: ['/f.json:0=none', '/f.json:1=none'] },
  ])('$name', async ({ next, is }) => {
    expect(await read('/f.json', '[{"targets":["a"]},{"targets":["b"]}]', next)).toEqual(is)
  })

  it.each([
    { name: 'names in any case', text: '[{"Targets":["a"],"LABELS":{"x":"y"}}]', is: ['a'] },
    { name: 'the last of two names', text: '[{"targets":["a"],"targets":["b"]}]', is: ['b'] },
    { name: 'null for targets and labels', text: '[{"targets":null,"labels":null}]', is: [] },
    { name: 'null for a target', text: '[{"targets":[null]}]', is: [''] },
    { name: 'nothing in a group', text: '[{}]', is: [] },
    { name: 'brackets in texts', text: '[{"targets":["]}\\"[{"]}]', is: [']}"[{'] },
    { name: 'half a surrogate pair', text: '[{"targets":["\\ud800"]}]', is: ['\uFFFD'] },
  ])('JSON may have $name', async ({ text, is }) => {
    const file = new TargetFile('/f.json', turns)
    await file.take(Buffer.from(text))
    expect(file.groups[0]?.targets.map((t) => t['__address__'])).toEqual(is)
  })

  it.each([
    { text: '', says: 'unexpected end of JSON input' },
    { text: '[{"targets":["a"]}', says: 'unexpected end of JSON input' },
    { text: '[{"targets":["a', says: 'unexpected end of JSON input' },
    { text: '{"targets":[]}', says: 'must be a list' },
    { text: '[null]', says: 'nil target group item found (index 0)' },
    { text: '[{"targets":["a"],"label":{}}]', says: 'json: unknown field "label"' },
    { text: '[{"targets":[1]}]', says: 'group 0: targets[0] must be a text' },
    { text: '[{"targets":"a"}]', says: 'group 0: targets must be a list' },
    { text: '[{"labels":{"a":1}}]', says: 'group 0: label "a" must be a text' },
    { text: '[{"labels":{"":"x"}}]', says: '"" is not a valid label name' },
    { text: '[{}\n,5]', says: 'group 1: a target group must be an object' },
    { text: '[{},]', says: 'invalid JSON in the element at line 1, column 5' },
    { text: '[{}\n{}]', says: 'invalid character "{" at line 2, column 1' },
    { text: '[{}] x', says: 'invalid character "x" at line 1, column 6' },
    { text: '[{"targets":["a"}]]', says: 'invalid JSON in the element at line 1, column 2' },
    { text: '[{}}]', says: 'invalid character "}" at line 1, column 4' },
    { text: '[1}]', says: 'group 0: a target group must be an object' },
    { text: '\uFEFF[]', says: 'must be a list' },
  ])('JSON is refused, and what was there stays: $text', async ({ text, says }) => {
    const file = new TargetFile('/f.json', turns)
    await file.take(Buffer.from('[{"targets":["a"]}]'))
    await expect(file.take(Buffer.from(text))).rejects.toThrow(says)
    expect(brief(file.groups)).toEqual(['/f.json:0=a'])
    expect(brief(await file.take(Buffer.from('[{"targets":["b"]}]')))).toEqual(['/f.json:0=b'])
  })

  it('an empty JSON file is an error from the beginning, an empty YAML file is not', async () => {
    await expect(read('/f.json', '')).rejects.toThrow('unexpected end of JSON input')
    expect(await read('/f.yml', '')).toEqual([])
  })

  it.each([
    { name: 'common style', text: '- targets: [a]\n- targets:\n  - b\n', is: ['a', 'b'] },
    { name: 'a start of document', text: '# c\n---\n- targets: [a]\n', is: ['a'] },
    { name: 'comments and empty lines', text: '\n# c\n- targets:\n# d\n\n    - a\n', is: ['a'] },
    { name: 'an indented list', text: '  - targets: [a]\n  - targets: [b]\n', is: ['a', 'b'] },
    { name: 'flow style', text: '[{targets: [a]}, {targets: [b]}]', is: ['a', 'b'] },
    { name: 'flow over lines', text: '- {targets: [a,\n  b]}\n- targets: [c]', is: ['a+b', 'c'] },
    { name: 'aliases', text: '- &x\n  targets: [a]\n- *x\n', is: ['a', 'a'] },
    { name: 'merges', text: '- &x\n  targets: [a]\n- <<: *x\n  labels: {b: c}\n', is: ['a', 'a'] },
    { name: 'only the first document', text: '- targets: [a]\n---\n- targets: [b]\n', is: ['a'] },
    { name: 'numbers for texts', text: '- targets: [9100]\n  labels: {a: 010}\n', is: ['9100'] },
    {
      name: 'a text that looks like an item',
      text: '- targets:\n  - "x\n\n   - y"\n',
      is: ['x\n- y'],
    },
    { name: 'no end of line', text: '- targets: [a]', is: ['a'] },
    {
      name: 'other ends of lines',
      text: '- targets: [a]\r\n\r\n- targets: [b]\r\n',
      is: ['a', 'b'],
    },
  ])('YAML may have $name', async ({ text, is }) => {
    const file = new TargetFile('/f.yml', turns)
    await file.take(Buffer.from(text))
    expect(brief(file.groups)).toEqual(is.map((targets, i) => `/f.yml:${String(i)}=${targets}`))
  })

  it.each([
    {
      text: '- targets: [a]\n- target: [b]\n',
      says: '/f.yml:2:3: [1].target: field target not found',
    },
    { text: '- targets: [a]\n-\n', says: 'nil target group item found (index 1)' },
    { text: 'targets: [a]\n', says: 'cannot unmarshal !!map' },
    { text: '- targets: [a\n- targets: [b]\n', says: '/f.yml:' },
    { text: '- labels: {"": x}\n', says: '"" is not a valid label name' },
  ])('YAML is refused, with the place in the whole file: $text', async ({ text, says }) => {
    await expect(read('/f.yml', text)).rejects.toThrow(says)
  })

  it('YAML that is no UTF-8 is refused', async () => {
    const file = new TargetFile('/f.yml', turns)
    const bytes = Buffer.concat([
      Buffer.from('- targets: ["'),
      Buffer.from([0xff]),
      Buffer.from('"]'),
    ])
    await expect(file.take(bytes)).rejects.toThrow('invalid UTF-8')
  })

  it('groups that are the same stay the same objects', async () => {
    const file = new TargetFile('/f.yml', turns)
    await file.take(Buffer.from('- targets: [a]\n- targets: [b]\n- targets: [c]\n'))
    const before = file.groups
    await file.take(Buffer.from('- targets: [a]\n- targets: [x, y]\n- targets: [c]\n'))
    expect(file.groups.map((group, i) => group === before[i])).toEqual([true, false, true])
  })

  it.each(['json', 'yml'])(
    'a hundred changes one after the other give what each file gives by itself (%s)',
    async (type) => {
      const random = seeded(7)
      const write = (groups: readonly Written[]): string =>
        type === 'json' ? JSON.stringify(groups, undefined, random() < 0.5 ? 1 : 0) : yamlOf(groups)
      const file = new TargetFile(`/f.${type}`, turns)
      const seen = new Map<string, TargetGroup>()
      let groups: Written[] = []
      for (let round = 0; round < 100; round += 1) {
        groups = changed(groups, random)
        const bytes = Buffer.from(write(groups))
        for (const group of await file.take(bytes)) {
          if (group.targets.length === 0) seen.delete(group.source)
          else seen.set(group.source, group)
        }
        const fresh = new TargetFile(`/f.${type}`, turns)
        await fresh.take(bytes)
        expect(file.groups).toEqual(fresh.groups)
        const filled = fresh.groups.filter((group) => group.targets.length > 0)
        expect(new Map(seen)).toEqual(new Map(filled.map((group) => [group.source, group])))
      }
    },
  )
})

/** Inserts, removes, replaces or repeats a group somewhere. */
function changed(groups: readonly Written[], random: () => number): Written[] {
  const at = Math.floor(random() * (groups.length + 1))
  const targets = Array.from({ length: Math.floor(random() * 3) }, () => `h${String(random())}:80`)
  const group: Written = { targets, labels: { env: random() < 0.5 ? 'a' : 'b - c' } }
  const kind = random()
  if (kind < 0.5) return groups.toSpliced(at, 0, group)
  if (kind < 0.7) return groups.toSpliced(at, 1)
  if (kind < 0.9) return groups.toSpliced(at, 1, group)
  return groups.toSpliced(at, 0, ...groups.slice(0, 3))
}

/** Mulberry32: the same numbers in every run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
