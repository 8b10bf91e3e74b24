import { Registry } from 'prom-client'
import type { Mechanism } from '../../src/discovery/index.js'
import { builtInMechanisms } from '../../src/mechanisms/index.js'

/** Every mechanism whose key may stand in a config. */
export function allMechanisms(): readonly Mechanism[] {
  return [...builtInMechanisms({ registry: new Registry(), env: {}, userAgent: 'test' })]
}
