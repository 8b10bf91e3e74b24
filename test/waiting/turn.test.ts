import { describe, expect, it } from 'vitest'
import { Turn } from '../../src/waiting/turn.js'

describe('a turn', () => {
  it('is over once its time is used up, and begins anew after the others had theirs', async () => {
    let now = 100
    const turn = new Turn(5, () => now)
    now = 104
    expect(turn.isOver).toBe(false)
    now = 105
    expect(turn.isOver).toBe(true)
    const order: string[] = []
    setImmediate(() => order.push('other'))
    await turn.next()
    order.push('this')
    expect(order).toEqual(['other', 'this'])
    expect(turn.isOver).toBe(false)
    now = 110
    expect(turn.isOver).toBe(true)
  })
})
