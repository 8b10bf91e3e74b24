import type { Registry } from 'prom-client'
import { consulMechanism } from '../discovery/consul/index.js'
import { dnsMechanism } from '../discovery/dns/index.js'
import { fileMechanism } from '../discovery/file/index.js'
import { httpMechanism } from '../discovery/http/index.js'
import { type Mechanism, MechanismRegistry } from '../discovery/index.js'
import { staticMechanism } from '../discovery/static/index.js'
import { unbuiltMechanisms } from '../discovery/unbuilt/index.js'

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
