import { describe, expect, it } from 'vitest'
import { HolderQueue } from '../../../src/scrape/targets/holder-queue.js'

type Step = readonly ['add' | 'delete', string]

describe('the groups that share a target', () => {
  it.each<[title: string, steps: readonly Step[], order: readonly string[]]>([
    [
      'come in the order in which they were added',
      [
        ['add', 'a'],
        ['add', 'b'],
      ],
      ['a', 'b'],
    ],
    [
      'are in it once',
      [
        ['add', 'a'],
        ['add', 'b'],
        ['add', 'a'],
      ],
      ['a', 'b'],
    ],
    [
      'leave from anywhere',
      [
        ['add', 'a'],
        ['add', 'b'],
        ['add', 'c'],
        ['delete', 'b'],
      ],
      ['a', 'c'],
    ],
    [
      'come last when they come again',
      [
        ['add', 'a'],
        ['add', 'b'],
        ['delete', 'a'],
        ['add', 'a'],
      ],
      ['b', 'a'],
    ],
    [
      'may leave without having come',
      [
        ['delete', 'a'],
        ['add', 'b'],
      ],
      ['b'],
    ],
  ])('%s', (_title, steps, order) => {
    const queue = new HolderQueue<string>()
    for (const [what, name] of steps) queue[what](name)
    expect(drained(queue)).toEqual(order)
  })

  it('keep their order however often they leave and come again', () => {
    const queue = new HolderQueue<number>()
    for (let i = 0; i < 100; i += 1) queue.add(i)
    for (let round = 0; round < 50; round += 1) {
      for (let i = 0; i < 100; i += 2) {
        queue.delete(i)
        queue.add(i)
      }
    }
    const odd = Array.from({ length: 50 }, (_, i) => 2 * i + 1)
    const even = Array.from({ length: 50 }, (_, i) => 2 * i)
    expect(drained(queue)).toEqual([...odd, ...even])
  })
})

function drained<T>(queue: HolderQueue<T>): readonly T[] {
  const all: T[] = []
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) all.push(next)
  return all
}
