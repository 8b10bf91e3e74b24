import undici from 'undici'
import { expect, it } from 'vitest'
import {
  Agent,
  buildConnector,
  Client,
  kParser,
  kRunning,
  kSocket,
} from '../../src/http/transport/undici.js'

// The parts are files of undici that it names nowhere: a new version may have them elsewhere.
it.each([
  { name: 'Agent', part: Agent, whole: undici.Agent },
  { name: 'Client', part: Client, whole: undici.Client },
  { name: 'buildConnector', part: buildConnector, whole: undici.buildConnector },
])('the part $name is the one that undici gives', ({ part, whole }) => {
  expect(part).toBe(whole)
})

it('the places of its socket, parser and requests have names', () => {
  const names = [kSocket, kParser, kRunning].map((symbol) => typeof symbol)
  expect(names).toEqual(['symbol', 'symbol', 'symbol'])
})
