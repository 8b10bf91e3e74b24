import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { holdRequest } from '../../../src/web/server/held-request.js'
import { RequestLane } from '../../../src/web/server/request-lane.js'

/** @param isFree whether requests may be answered at once; otherwise when the test calls what is `held` */
function rig(max: number, isFree = true) {
  const held: (() => void)[] = []
  const seen: string[] = []
  const names = new Map<ServerResponse, string>()
  const lane = new RequestLane({
    max,
    answer: (_, response) => void seen.push(names.get(response) ?? ''),
    onBusy: (_, go) => {
      seen.push('busy')
      if (isFree) go()
      else held.push(go)
    },
    onReceived: () => void seen.push('received'),
    onHeld: (isHeld) => void seen.push(isHeld ? 'holds' : 'goes on'),
    onIdle: () => void seen.push('idle'),
  })
  const requests = new Map<ServerResponse, IncomingMessage>()
  const add = (name: string): ServerResponse => {
    const response = new EventEmitter() as unknown as ServerResponse
    names.set(response, name)
    const request = Object.assign(new EventEmitter(), { complete: true }) as IncomingMessage
    requests.set(response, request)
    lane.add(request, response)
    return response
  }
  const hold = (response: ServerResponse, isHeld = true): void => {
    const request = requests.get(response)
    if (request !== undefined) holdRequest(request, isHeld)
  }
  return { lane, seen, add, held, hold }
}

describe('the requests of one connection', () => {
  it('hold it only while the answers to all of them wait for something', async () => {
    const { seen, add, hold } = rig(2)
    const a = add('a')
    await turn()
    hold(a)
    const b = add('b')
    await turn()
    expect(seen).toEqual(['busy', 'a', 'holds', 'goes on', 'b'])
    hold(b)
    hold(a, false)
    expect(seen.slice(5)).toEqual(['holds', 'goes on'])
    a.emit('close')
    expect(seen.slice(7)).toEqual(['holds'])
    b.emit('close')
    await turn()
    expect(seen.slice(8)).toEqual(['idle'])
  })

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

  it('wait for the word to go, and are all answered then', async () => {
    const { seen, add, held } = rig(2, false)
    const [a] = [add('a'), add('b')]
    await turn()
    expect(seen).toEqual(['busy'])
    held[0]?.()
    await turn()
    expect(seen).toEqual(['busy', 'a', 'b'])
    a?.emit('close')
    await turn()
    expect(seen).toEqual(['busy', 'a', 'b'])
  })

  it('are not answered when they were taken back while they waited', async () => {
    const { seen, add, held } = rig(1, false)
    add('a').emit('close')
    await turn()
    expect(seen).toEqual(['busy', 'idle'])
    add('b')
    held[1]?.()
    expect(seen).toEqual(['busy', 'idle', 'busy', 'b'])
  })

  it('say when all that is answered still has a body on its way', () => {
    const { lane, seen } = rig(2)
    const request = Object.assign(new EventEmitter(), { complete: false })
    const sent = new EventEmitter() as unknown as ServerResponse
    lane.add(request as unknown as IncomingMessage, sent)
    expect(lane.isReceiving).toBe(true)
    request.complete = true
    request.emit('end')
    expect(lane.isReceiving).toBe(false)
    expect(seen).toEqual(['busy', '', 'received'])
  })
})
