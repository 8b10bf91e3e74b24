import type { Mechanism } from '../../src/discovery/index.js'
import { staticMechanism } from '../../src/discovery/static/index.js'
import { unbuiltMechanisms } from '../../src/discovery/unbuilt/index.js'

/** Every mechanism whose key may stand in a config. */
export function allMechanisms(): readonly Mechanism[] {
  return [staticMechanism(), ...unbuiltMechanisms()]
}
