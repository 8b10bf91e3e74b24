import { Registry } from 'prom-client'
import { consulMechanism } from '../../src/mechanisms/consul/index.js'
import { dnsMechanism } from '../../src/mechanisms/dns/index.js'
import { fileMechanism } from '../../src/mechanisms/file/index.js'
import { httpMechanism } from '../../src/mechanisms/http/index.js'
import type { Mechanism } from '../../src/discovery/index.js'
import { staticMechanism } from '../../src/mechanisms/static.js'
import { unbuiltMechanisms } from '../../src/mechanisms/unbuilt/index.js'

/** Every mechanism whose key may stand in a config. */
export function allMechanisms(): readonly Mechanism[] {
  const registry = new Registry()
  const options = { registry, env: {}, userAgent: 'test' }
  return [
    staticMechanism(),
    fileMechanism(options),
    httpMechanism(options),
    consulMechanism(options),
    dnsMechanism({ registry }),
    ...unbuiltMechanisms(),
  ]
}
