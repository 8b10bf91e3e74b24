import { crc32, gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { decompressPart } from '../../../src/web/lists/compressed-part.js'
import { checksumOf, combine } from '../../../src/web/lists/crc.js'
import { listBody, type TextOrLists } from '../../../src/web/lists/list-body.js'
import { ListCache } from '../../../src/web/lists/list-cache.js'
import type { Encoding } from '../../../src/web/reply/encoding.js'
import { Turns } from '../../../src/waiting/turns.js'
import type { ListView } from '../../../src/web/sources.js'
import { listOf } from '../helpers.js'

/** A list that tells which of its parts were made. */
function watched(list: ListView): { list: ListView; made: () => readonly number[] } {
  let made: number[] = []
  const texts = (index: number): Iterable<string> => {
    made.push(index)
    return list.texts(index)
  }
  return {
    list: { ...list, texts },
    made: () => {
      const before = made
      made = []
      return before
    },
  }
}

async function read(cache: ListCache, list: ListView): Promise<string> {
  const texts: string[] = []
  for await (const { compressed } of cache.read(list, new Turns())) {
    texts.push((await decompressPart(compressed)).toString())
  }
  return texts.join('|')
}

async function bytesOf(
  content: readonly TextOrLists[],
  cache: ListCache,
  encoding?: Encoding,
): Promise<Buffer> {
  const { chunks, compressor } = listBody(() => content, cache).stream(encoding, new Turns())
  expect(compressor).toBeUndefined()
  const read: Buffer[] = []
  for await (const chunk of chunks) read.push(chunk)
  return Buffer.concat(read)
}

/** Text that compresses badly, so that its compressed size is known to be large. */
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

describe('the list cache', () => {
  const texts = ['"a"', '', `"${noise(1000)}","é😀"`, '"c"']
  const all = `"a"|${texts[2] ?? ''}|"c"`

  it('gives the texts of a list in order, without the empty ones', async () => {
    const cache = new ListCache(1e6)
    expect(await read(cache, listOf('l', texts))).toBe(all)
    expect(await read(cache, listOf('empty', []))).toBe('')
  })

  it('compresses a part once, and again only when it is another one', async () => {
    const cache = new ListCache(1e6)
    const { list, made } = watched(listOf('l', texts))
    await read(cache, list)
    expect(made()).toEqual([0, 1, 2, 3])
    expect(await read(cache, list)).toBe(all)
    expect(made()).toEqual([])
    const parts = list.parts.map((part, i) => (i === 2 ? {} : part))
    expect(await read(cache, { ...list, parts })).toBe(all)
    expect(made()).toEqual([2])
  })

  it('compresses all parts again when the stamp is another one', async () => {
    const cache = new ListCache(1e6)
    const { list, made } = watched(listOf('l', texts))
    await read(cache, list)
    made()
    await read(cache, { ...list, stamp: 'other' })
    expect(made()).toEqual([0, 1, 2, 3])
  })

  it('compresses a part once for two readers at the same time', async () => {
    const cache = new ListCache(1e6)
    const { list, made } = watched(listOf('l', texts))
    expect(await Promise.all([read(cache, list), read(cache, list)])).toEqual([all, all])
    expect(made()).toHaveLength(texts.length)
  })

  it('keeps two lists of the same parts apart', async () => {
    const cache = new ListCache(1e6)
    const one = listOf('one', ['1'])
    await read(cache, one)
    expect(await read(cache, { ...one, name: 'two', texts: () => ['2'] })).toBe('2')
    expect(await read(cache, one)).toBe('1')
  })

  it('keeps some parts of a list that is too large', async () => {
    const cache = new ListCache(25_000)
    const { list, made } = watched(
      listOf(
        'l',
        [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => noise(10_000, seed)),
      ),
    )
    const first = await read(cache, list)
    made()
    expect(await read(cache, list)).toBe(first)
    const again = made()
    expect(again.length).toBeGreaterThan(0)
    expect(again.length).toBeLessThan(list.parts.length)
    expect(again).not.toContain(0)
  })

  it('forgets the list that was not read for the longest', async () => {
    const cache = new ListCache(20_000)
    const [a, b, c] = ['a', 'b', 'c'].map((name, i) =>
      watched(listOf(name, [noise(10_000, i + 1)])),
    )
    if (a === undefined || b === undefined || c === undefined) throw new Error('three lists')
    for (const { list } of [a, b, a, c]) await read(cache, list)
    for (const { made } of [a, b, c]) made()
    for (const { list } of [a, c, b]) await read(cache, list)
    expect([a.made(), c.made(), b.made()]).toEqual([[], [], [0]])
  })

  it('keeps nothing more of a list that is forgotten while it is read', async () => {
    const cache = new ListCache(25_000)
    const { list, made } = watched(
      listOf(
        'slow',
        [1, 2, 3, 4].map((seed) => noise(9000, seed)),
      ),
    )
    const slow = cache.read(list, new Turns())
    for (const _ of [1, 2, 3]) await slow.next()
    await read(cache, listOf('other', [noise(20_000, 9)]))
    while ((await slow.next()).done !== true);
    made()
    await read(cache, list)
    expect(made()).toEqual([0, 1, 2, 3])
  })

  it('gives a part of several texts one by one, and keeps only parts of one', async () => {
    const cache = new ListCache(1e6)
    const parts = [['"a"'], ['"b"', '"c"', '"d"'], [], ['"e"']]
    const asked: string[] = []
    const list: ListView = {
      ...listOf(
        'l',
        parts.map(() => ''),
      ),
      *texts(index) {
        for (const text of parts[index] ?? []) {
          asked.push(text)
          yield text
        }
      },
    }
    expect(await read(cache, list)).toBe('"a"|"b"|"c"|"d"|"e"')
    expect(asked.splice(0)).toEqual(['"a"', '"b"', '"c"', '"d"', '"e"'])
    expect(await read(cache, list)).toBe('"a"|"b"|"c"|"d"|"e"')
    expect(asked).toEqual(['"b"', '"c"', '"d"'])
  })

  it('waits for what it began when the reader goes away', async () => {
    const cache = new ListCache(1e6)
    const { list, made } = watched(
      listOf(
        'l',
        Array.from({ length: 20 }, (_, i) => noise(10_000, i + 1)),
      ),
    )
    for await (const _ of cache.read(list, new Turns())) break
    const begun = made()
    expect(begun.length).toBeLessThan(6)
    await read(cache, list)
    expect([...begun, ...made()]).toEqual(list.parts.map((_, i) => i))
  })

  it('tries a part again that could not be written', async () => {
    const cache = new ListCache(1e6)
    let isBroken = true
    const list: ListView = {
      ...listOf('l', ['a', 'b']),
      texts(index) {
        if (isBroken && index === 1) throw new Error('broken')
        return [String(index)]
      },
    }
    await expect(read(cache, list)).rejects.toThrow('broken')
    isBroken = false
    expect(await read(cache, list)).toBe('0|1')
  })
})

describe('a body of lists', () => {
  const first = listOf('a', ['1,2', '', '3'])
  const second = listOf('b', ['', ''])
  const long = noise(200_000)
  const third = listOf('c', [long])
  const between = `],"text":"${noise(150_000, 7).replace(/["\\]/g, '')}","none":[`
  const content: readonly TextOrLists[] = [
    '{"one":[',
    [first, second, third],
    between,
    [second],
    [],
    ']}',
  ]
  const text = `{"one":[1,2,3,${long}${between}]}`

  it.each([
    [undefined, (bytes: Buffer) => bytes],
    ['gzip' as const, (bytes: Buffer) => gunzipSync(bytes)],
  ])('is whole in the coding %s, made and kept', async (encoding, decode) => {
    const cache = new ListCache(1e6)
    for (const _ of ['made', 'kept']) {
      const bytes = await bytesOf(content, cache, encoding)
      expect(decode(bytes).toString()).toBe(text)
    }
  })

  it('asks for its lists once, when it is to be sent', async () => {
    const cache = new ListCache(1e6)
    let asked = 0
    const body = listBody(() => {
      asked += 1
      return content
    }, cache)
    expect(asked).toBe(0)
    const { chunks } = body.stream('gzip', new Turns())
    expect(asked).toBe(1)
    for await (const _ of chunks);
    expect(asked).toBe(1)
  })
})
