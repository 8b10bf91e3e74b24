import { Buffer } from 'node:buffer'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { type Catalog, readCatalog } from '../../../src/mechanisms/consul/answers.js'
import { smallBytes } from '../../../src/mechanisms/kit/json-list.js'
import { Turns } from '../../../src/waiting/turns.js'
import { HandClock, standingTurns } from '../../waiting/hand-clock.js'

/** A catalog too large to be parsed in one go: these members, behind many others. */
function large(members: string): string {
  const others = Array.from({ length: 20_000 }, (_, i) => `"service-${String(i)}":["a","b"]`)
  return `{${[...others, ...(members === '' ? [] : [members])].join(',\n')}}`
}

/** The same members alone. */
function small(members: string): string {
  return `{${members}}`
}

function read(text: string, maxWeight: number = 1e9): Promise<Catalog> {
  const signal = new AbortController().signal
  return readCatalog(Buffer.from(text), { turns: standingTurns(), signal, maxWeight })
}

/** The last services of a catalog. */
async function last(count: number, text: string): Promise<unknown> {
  return [...(await read(text))].slice(-count)
}

describe.each([
  ['small', small],
  ['large', large],
])('a %s catalog', (_, catalogOf) => {
  it('is names and tags', async () => {
    expect(
      await last(4, catalogOf('"__proto__":["a"],"constructor":null,"web":[],"ü\\n" : [ ]')),
    ).toEqual([
      ['__proto__', ['a']],
      ['constructor', []],
      ['web', []],
      ['ü\n', []],
    ])
  })

  it('has the last of two services of one name', async () => {
    expect((await read(catalogOf('"service-0":["x"],"service-0":["y"]'))).get('service-0')).toEqual(
      ['y'],
    )
  })

  it.each([
    ['tags that are a text', '"web":"a"'],
    ['tags that are no texts', '"web":[1]'],
    ['a comma at its end', '"web":[],'],
    ['two commas', '"web":[],,"a":[]'],
    ['a member without a name', '[]'],
    ['a name without a value', '"web"'],
    ['an end too early', '"a":[]},"web":[]'],
    ['something behind it', '"web":[]}{'],
    ['a bracket that opens nothing', '"web":]'],
    ['a text without an end', '"web":["a]'],
    ['an escape that is none', String.raw`"web":["\x"]`],
    ['brackets that are of two kinds', '"web":[}'],
    ['brackets a hundred thousand deep', `"web":${'['.repeat(100_000)}`],
    ['lists a hundred thousand deep', `"web":${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ])('is refused with %s', async (__, members) => {
    await expect(read(catalogOf(members))).rejects.toMatchObject({
      code: 'ERR_DISCOVERY_CONSUL',
      fault: 'answer',
    })
  })
})

describe('what is no catalog is refused', () => {
  it.each([
    ['a list', '[]', 'Consul answered [] where a map of services was expected'],
    [
      'a long list',
      `[${'1,'.repeat(smallBytes)}1]`,
      `Consul answered [${'1,'.repeat(39)}1... where`,
    ],
    ['a long text', `"${'x'.repeat(smallBytes)}"`, 'where a map of services was expected'],
    ['nothing', '', "Consul's answer is not JSON"],
    ['white space', ' '.repeat(smallBytes + 1), "Consul's answer is not JSON"],
    ['a long page', `<html>${'x'.repeat(smallBytes)}`, "Consul's answer is not JSON"],
    ['a long catalog without an end', large('').slice(0, -1), "Consul's answer is not JSON"],
  ])('%s', async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(message)
  })

  it('null is one without services', async () => {
    expect((await read('null')).size).toBe(0)
  })
})

describe('a large catalog', () => {
  it('is refused when it would take more memory than it may', async () => {
    await expect(read(large(''), 1 << 15)).rejects.toThrow(
      "the answer would take more than 8 MiB of memory; Node's --max-old-space-size gives it more",
    )
  })

  it('is read in several turns, and not further when it is not wanted any more', async () => {
    const clock = new HandClock()
    const ended = new AbortController()
    const limits = {
      turns: new Turns({ clock, budgetMs: 2 }),
      signal: ended.signal,
      maxWeight: 1e9,
    }
    const body = Buffer.from(large(''))
    const reading = readCatalog(body, limits)
    const ends = vi.fn()
    void reading.then(ends)
    let turns = 0
    for (; ends.mock.calls.length === 0 && turns < 1000; turns += 1) {
      clock.turn()
      // Reading goes on in microtasks.
      await setImmediate()
    }
    expect((await reading).size).toBe(20_000)
    expect(turns).toBeGreaterThan(1)

    const given = readCatalog(body, limits)
    ended.abort(new Error('not wanted'))
    clock.turn()
    clock.turn()
    await expect(given).rejects.toThrow('not wanted')
  })
})
