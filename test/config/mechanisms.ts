import { Registry } from 'prom-client'
import { consulMechanism } from '../../src/discovery/consul/index.js'
import { dnsMechanism } from '../../src/discovery/dns/index.js'
import { fileMechanism } from '../../src/discovery/file/index.js'
import { httpMechanism } from '../../src/discovery/http/index.js'
import type { Mechanism } from '../../src/discovery/index.js'
import { staticMechanism } from '../../src/discovery/static/index.js'
import { unbuiltMechanisms } from '../../src/discovery/unbuilt/index.js'

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
