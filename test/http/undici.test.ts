import undici from 'undici'
import { expect, it } from 'vitest'
import * as parts from '../../src/http/undici.js'

// The parts are files of undici that it names nowhere: a new version may have them elsewhere.
it.each(['Agent', 'Client', 'buildConnector'] as const)(
  'the part %s is the one that undici gives',
  (name) => {
    expect(parts[name]).toBe(undici[name])
  },
)
