import type { Registry } from 'prom-client'
import { consulMechanism } from './consul/index.js'
import { dnsMechanism } from './dns/index.js'
import { fileMechanism } from './file/index.js'
import { httpMechanism } from './http/index.js'
import { type Mechanism, MechanismRegistry } from '../discovery/index.js'
import { staticMechanism } from './static.js'
import { unbuiltMechanisms } from './unbuilt/index.js'

export interface MechanismsOptions {
  /** Where the mechanisms' metrics are registered. */
  readonly registry: Registry
  /** Where they look up proxies and Consul's own variables. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly userAgent: string
}

/** Every mechanism a prometheus.yml may name, those that muster cannot run yet among them. */
export function builtInMechanisms(options: MechanismsOptions): MechanismRegistry {
  const built: readonly Mechanism[] = [
    staticMechanism(),
    fileMechanism(options),
    httpMechanism(options),
    consulMechanism(options),
    dnsMechanism(options),
  ]
  return new MechanismRegistry([...built, ...unbuiltMechanisms()])
}
