import { describe, expect, it } from 'vitest'
import { weakEtag } from '../../src/web/reply/etag.js'
import { contentEncoding, hasVersion } from '../../src/web/reply/negotiate.js'
import { occasionally } from '../../src/web/server/occasionally.js'
import { slices } from '../../src/web/reply/slices.js'

const read = async (texts: Iterable<string>): Promise<Buffer[]> => {
  const buffers: Buffer[] = []
  for await (const buffer of slices(texts)) buffers.push(buffer)
  return buffers
}

function* busy(): Generator<string> {
  for (let i = 0; i < 20; i += 1) {
    const until = performance.now() + 6
    while (performance.now() < until);
    yield 'x'
  }
}

describe('the content encoding', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['br', undefined],
    ['gzip', 'gzip'],
    ['GZIP ; q=0.1', 'gzip'],
    ['deflate, gzip', 'deflate'],
    ['gzip;q=0', undefined],
    ['gzip;q=0.000, deflate;q=0.5', 'deflate'],
    ['*', undefined],
  ])('for %j is %s', (header, expected) => {
    expect(contentEncoding(header)).toBe(expected)
  })
})

describe('If-None-Match', () => {
  it.each([
    [undefined, false],
    ['', false],
    ['*', true],
    ['W/"a"', true],
    ['"a"', true],
    ['"b", W/"a"', true],
    ['"b"', false],
    ['a', false],
  ])('%j knows W/"a": %s', (header, expected) => {
    expect(hasVersion(header, 'W/"a"')).toBe(expected)
  })
})

describe('an entity tag', () => {
  it('depends on every part, and on where each ends', () => {
    const tags = [['ab', 'c'], ['a', 'bc'], ['abc'], ['ab', 'c', '']].map(weakEtag)
    expect(new Set(tags).size).toBe(4)
    expect(weakEtag(['ab', 'c'])).toBe(tags[0])
    expect(tags[0]).toMatch(/^W\/"[\w-]{27}"$/)
  })
})

describe('something that happens often', () => {
  it('is told at once, and then every ten seconds with how often it was', () => {
    let now = 0
    const told: number[] = []
    const happen = occasionally(
      (times) => told.push(times),
      () => now,
    )
    for (const at of [0, 1, 2, 9999, 10_000, 10_001, 50_000]) {
      now = at
      happen()
    }
    expect(told).toEqual([1, 4, 2])
  })
})

describe('slices', () => {
  it('gathers short texts', async () => {
    const buffers = await read(Array.from({ length: 100_000 }, () => 'abc'))
    expect(Buffer.concat(buffers).toString()).toBe('abc'.repeat(100_000))
    expect(buffers.length).toBe(5)
  })

  it('divides long texts without breaking a character', async () => {
    const text = `x${'😀'.repeat(1_000_000)}`
    const buffers = await read([text])
    expect(buffers.length).toBeGreaterThan(2)
    expect(Buffer.concat(buffers).toString()).toBe(text)
  })

  it('gives nothing for nothing', async () => {
    expect(await read(['', ''])).toEqual([])
  })

  it('lets others have their turn while there is much to make', async () => {
    let turns = 0
    let over = false
    const count = (): void => {
      turns += 1
      if (!over) setImmediate(count)
    }
    setImmediate(count)
    await read(busy())
    over = true
    expect(turns).toBeGreaterThanOrEqual(19)
  })
})
