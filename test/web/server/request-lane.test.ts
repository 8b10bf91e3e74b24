import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { RequestLane } from '../../../src/web/server/request-lane.js'

function rig(max: number) {
  const seen: string[] = []
  const names = new Map<ServerResponse, string>()
  const lane = new RequestLane({
    max,
    answer: (_, response) => void seen.push(names.get(response) ?? ''),
    onBusy: () => void seen.push('busy'),
    onIdle: () => void seen.push('idle'),
  })
  const add = (name: string): ServerResponse => {
    const response = new EventEmitter() as unknown as ServerResponse
    names.set(response, name)
    lane.add({ complete: true } as IncomingMessage, response)
    return response
  }
  return { lane, seen, add }
}

describe('the requests of one connection', () => {
  it('are answered one after the other where one is answered at a time', async () => {
    const { lane, seen, add } = rig(1)
    const [a, b] = [add('a'), add('b')]
    await turn()
    expect(seen).toEqual(['busy', 'a'])
    expect(lane.wantsMore).toBe(false)
    a.emit('close')
    expect(seen).toEqual(['busy', 'a'])
    await turn()
    b.emit('close')
    await turn()
    expect(seen).toEqual(['busy', 'a', 'b', 'idle'])
    expect(lane.wantsMore).toBe(true)
  })

  it('are begun one a turn where several are answered at once', async () => {
    const { seen, add } = rig(2)
    const [a] = [add('a'), add('b'), add('c')]
    expect(seen).toEqual(['busy', 'a'])
    await turn()
    expect(seen).toEqual(['busy', 'a', 'b'])
    await turn()
    expect(seen).toEqual(['busy', 'a', 'b'])
    a?.emit('close')
    await turn()
    expect(seen).toEqual(['busy', 'a', 'b', 'c'])
  })

  it('are never begun when they are reset before their turn', async () => {
    const { seen, add } = rig(100)
    const [, ...others] = Array.from({ length: 1000 }, (_, i) => add(String(i)))
    for (const response of others) response.emit('close')
    await turn()
    await turn()
    expect(seen).toEqual(['busy', '0'])
  })
})
