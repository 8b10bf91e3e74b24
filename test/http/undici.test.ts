import undici from 'undici'
import { expect, it } from 'vitest'
import { Agent, buildConnector, Client } from '../../src/http/transport/undici.js'

// The parts are files of undici that it names nowhere: a new version may have them elsewhere.
it.each([
  { name: 'Agent', part: Agent, whole: undici.Agent },
  { name: 'Client', part: Client, whole: undici.Client },
  { name: 'buildConnector', part: buildConnector, whole: undici.buildConnector },
])('the part $name is the one that undici gives', ({ part, whole }) => {
  expect(part).toBe(whole)
})
