import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { AnswerPace } from '../../../src/web/server/answer-pace.js'

it('answers of all connections begin sixteen a turn, in their order, without those that were closed', async () => {
  const begun: ServerResponse[] = []
  const pace = new AnswerPace((_, response) => void begun.push(response))
  const responses = Array.from(
    { length: 40 },
    () => new EventEmitter() as unknown as ServerResponse,
  )
  for (const response of responses) pace.add({} as IncomingMessage, response)
  expect(begun).toEqual(responses.slice(0, 16))
  responses[20]?.emit('close')
  await turn()
  expect(begun).toHaveLength(32)
  await turn()
  expect(begun).toEqual(responses.filter((_, index) => index !== 20))
})
