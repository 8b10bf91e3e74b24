import { gunzipSync } from 'node:zlib'
import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { Turn } from '../../src/waiting/turn.js'
import { checksumOf, combine } from '../../src/web/lists/crc.js'
import { type BodyPart, listContent } from '../../src/web/lists/list-content.js'
import { unpack } from '../../src/web/lists/packed.js'
import { PackedLists } from '../../src/web/lists/packed-lists.js'
import type { Encoding } from '../../src/web/reply/negotiate.js'
import type { ListView } from '../../src/web/sources.js'
import { listOf } from './helpers.js'

/** A list that tells which of its parts were made. */
function watched(list: ListView): { list: ListView; made: () => readonly number[] } {
  let made: number[] = []
  const text = (index: number): string => {
    made.push(index)
    return list.text(index)
  }
  return {
    list: { ...list, text },
    made: () => {
      const before = made
      made = []
      return before
    },
  }
}

async function read(lists: PackedLists, list: ListView): Promise<string> {
  const texts: string[] = []
  for await (const { packed } of lists.read(list, new Turn()))
    texts.push((await unpack(packed)).toString())
  return texts.join('|')
}

async function bytesOf(
  parts: readonly BodyPart[],
  lists: PackedLists,
  encoding?: Encoding,
): Promise<Buffer> {
  const { source, transform } = listContent(() => parts, lists).flow(encoding)
  expect(transform).toBeUndefined()
  const buffers: Buffer[] = []
  for await (const buffer of source) buffers.push(buffer)
  return Buffer.concat(buffers)
}

/** Text that packs badly, so that its packed size is known to be large. */
function noise(length: number, seed = 1): string {
  let state = seed
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647
    return String.fromCharCode(32 + (state % 90))
  }).join('')
}

describe('a checksum', () => {
  it.each([
    ['', ''],
    ['', 'abc'],
    ['abc', ''],
    ['a', 'b'],
    [noise(1000), noise(77, 2)],
    [noise(3), noise(100_001, 3)],
  ])('of two texts follows from those of each (%#)', (a, b) => {
    const combined = combine(crc32(a), checksumOf(Buffer.from(b)))
    expect(combined).toBe(crc32(a + b))
  })
})

describe('packed lists', () => {
  const texts = ['"a"', '', `"${noise(1000)}","é😀"`, '"c"']
  const all = `"a"|${texts[2] ?? ''}|"c"`

  it('give the texts of a list in order, without the empty ones', async () => {
    const lists = new PackedLists(1e6)
    expect(await read(lists, listOf('l', texts))).toBe(all)
    expect(await read(lists, listOf('empty', []))).toBe('')
  })

  it('make a part once, and again only when it is another one', async () => {
    const lists = new PackedLists(1e6)
    const { list, made } = watched(listOf('l', texts))
    await read(lists, list)
    expect(made()).toEqual([0, 1, 2, 3])
    expect(await read(lists, list)).toBe(all)
    expect(made()).toEqual([])
    const parts = list.parts.map((part, i) => (i === 2 ? {} : part))
    expect(await read(lists, { ...list, parts })).toBe(all)
    expect(made()).toEqual([2])
  })

  it('make all parts again when all are written in another way', async () => {
    const lists = new PackedLists(1e6)
    const { list, made } = watched(listOf('l', texts))
    await read(lists, list)
    made()
    await read(lists, { ...list, stamp: 'other' })
    expect(made()).toEqual([0, 1, 2, 3])
  })

  it('make a part once for two who read at the same time', async () => {
    const lists = new PackedLists(1e6)
    const { list, made } = watched(listOf('l', texts))
    expect(await Promise.all([read(lists, list), read(lists, list)])).toEqual([all, all])
    expect(made()).toHaveLength(texts.length)
  })

  it('keep two lists of the same parts apart', async () => {
    const lists = new PackedLists(1e6)
    const one = listOf('one', ['1'])
    await read(lists, one)
    expect(await read(lists, { ...one, name: 'two', text: () => '2' })).toBe('2')
    expect(await read(lists, one)).toBe('1')
  })

  it('keep a part of what is too much', async () => {
    const lists = new PackedLists(25_000)
    const { list, made } = watched(
      listOf(
        'l',
        [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => noise(10_000, seed)),
      ),
    )
    const first = await read(lists, list)
    made()
    expect(await read(lists, list)).toBe(first)
    const again = made()
    expect(again.length).toBeGreaterThan(0)
    expect(again.length).toBeLessThan(list.parts.length)
    expect(again).not.toContain(0)
  })

  it('forget the list that was not read for the longest', async () => {
    const lists = new PackedLists(20_000)
    const [a, b, c] = ['a', 'b', 'c'].map((name, i) =>
      watched(listOf(name, [noise(10_000, i + 1)])),
    )
    if (a === undefined || b === undefined || c === undefined) throw new Error('three lists')
    for (const { list } of [a, b, a, c]) await read(lists, list)
    for (const { made } of [a, b, c]) made()
    for (const { list } of [a, c, b]) await read(lists, list)
    expect([a.made(), c.made(), b.made()]).toEqual([[], [], [0]])
  })

  it('keep nothing more of a list that is forgotten while it is read', async () => {
    const lists = new PackedLists(25_000)
    const { list, made } = watched(
      listOf(
        'slow',
        [1, 2, 3, 4].map((seed) => noise(9000, seed)),
      ),
    )
    const slow = lists.read(list, new Turn())
    for (const _ of [1, 2, 3]) await slow.next()
    await read(lists, listOf('other', [noise(20_000, 9)]))
    while ((await slow.next()).done !== true);
    made()
    await read(lists, list)
    expect(made()).toEqual([0, 1, 2, 3])
  })

  it('wait for what they began when whoever reads goes away', async () => {
    const lists = new PackedLists(1e6)
    const { list, made } = watched(
      listOf(
        'l',
        Array.from({ length: 20 }, (_, i) => noise(10_000, i + 1)),
      ),
    )
    for await (const _ of lists.read(list, new Turn())) break
    const begun = made()
    expect(begun.length).toBeLessThan(6)
    await read(lists, list)
    expect([...begun, ...made()]).toEqual(list.parts.map((_, i) => i))
  })

  it('try a part again that could not be made', async () => {
    const lists = new PackedLists(1e6)
    let isBroken = true
    const list: ListView = {
      ...listOf('l', ['a', 'b']),
      text(index) {
        if (isBroken && index === 1) throw new Error('broken')
        return String(index)
      },
    }
    await expect(read(lists, list)).rejects.toThrow('broken')
    isBroken = false
    expect(await read(lists, list)).toBe('0|1')
  })
})

describe('a body of lists', () => {
  const first = listOf('a', ['1,2', '', '3'])
  const second = listOf('b', ['', ''])
  const third = listOf('c', [noise(200_000)])
  const between = `],"text":"${noise(150_000, 7).replace(/["\\]/g, '')}","none":[`
  const parts: readonly BodyPart[] = [
    '{"one":[',
    [first, second, third],
    between,
    [second],
    [],
    ']}',
  ]
  const text = `{"one":[1,2,3,${third.text(0)}${between}]}`

  it.each([
    [undefined, (bytes: Buffer) => bytes],
    ['gzip' as const, (bytes: Buffer) => gunzipSync(bytes)],
  ])('is whole in the coding %s, made and kept', async (encoding, decode) => {
    const lists = new PackedLists(1e6)
    for (const _ of ['made', 'kept']) {
      const bytes = await bytesOf(parts, lists, encoding)
      expect(decode(bytes).toString()).toBe(text)
    }
  })

  it('takes hold of its lists when it begins to flow', async () => {
    const lists = new PackedLists(1e6)
    let asked = 0
    const content = listContent(() => {
      asked += 1
      return parts
    }, lists)
    expect(asked).toBe(0)
    const { source } = content.flow('gzip')
    expect(asked).toBe(1)
    for await (const _ of source);
    expect(asked).toBe(1)
  })
})
