import net from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { SessionPace } from '../../../src/web/server/session-pace.js'

it('no session is read further in a turn in which all have brought 64 requests, and each is in the next', async () => {
  const seen: string[] = []
  const pace = new SessionPace()
  const [first, second, gone] = ['first', 'second', 'gone'].map((name) => {
    const socket = new net.Socket()
    const readStop = (): unknown => seen.push(`${name} stops`)
    const readStart = (): unknown => seen.push(`${name} starts`)
    Object.assign(socket, { _handle: { readStop, readStart, close: () => {} } })
    pace.add(socket)
    return socket
  })
  gone?.destroy()
  for (let i = 0; i < 63; i += 1) pace.took()
  await turn()
  expect(seen).toEqual([])
  for (let i = 0; i < 100; i += 1) pace.took()
  expect(seen.splice(0)).toEqual(['first stops', 'second stops'])
  await turn()
  expect(seen).toEqual(['first starts', 'second starts'])
  for (const socket of [first, second]) socket?.destroy()
})
