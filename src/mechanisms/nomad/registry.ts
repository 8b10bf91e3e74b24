import type { TargetGroup } from '../../discovery/index.js'
import { joinHostPort } from '../../go/host-port.js'
import { labelsFrom, tagList } from '../kit/labels.js'
import type { EventBatch, Indexed, NomadEvent, Registration, ServiceName } from './api.js'

/** The name of a service's target group. */
export function sourceOf({ namespace, name }: ServiceName): string {
  return `${namespace}/${name}`
}

/** What is known of one service. */
interface Service {
  /** Up to which index its instances were read. */
  readonly index: number
  readonly instances: Map<string, Registration>
}

/** The services of one Nomad as they were read, and what events have changed of them since. */
export class Registry {
  readonly #listedAt: number
  readonly #groupOf: (source: string, instances: Iterable<Registration>) => TargetGroup
  readonly #services = new Map<string, Service>()
  /** Services of which the newest read failed, and the newest index at which something happened to each. */
  readonly #unread = new Map<string, number>()

  /**
   * @param listedAt the index at which the names of services were read
   * @param separator of tags
   */
  constructor(listedAt: number, separator: string) {
    this.#listedAt = listedAt
    const labels = labelsWith(separator)
    this.#groupOf = (source, instances) => ({
      source,
      labels: {},
      targets: Array.from(instances, labels),
    })
  }

  /** A service has to be read, also where that was tried before. */
  expect(service: ServiceName): void {
    const source = sourceOf(service)
    if (!this.#unread.has(source)) this.#unread.set(source, 0)
  }

  /** Whether a service has still to be read. */
  lacks(service: ServiceName): boolean {
    return this.#unread.has(sourceOf(service))
  }

  /**
   * Takes what was read of a service.
   * @returns its group; undefined where more has happened since, so that it has to be read again
   */
  read(
    service: ServiceName,
    { index, value }: Indexed<readonly Registration[]>,
  ): TargetGroup | undefined {
    const source = sourceOf(service)
    if (index > 0 && (this.#unread.get(source) ?? 0) > index) return undefined
    const instances = new Map(value.map((one) => [one.ID, one]))
    this.#unread.delete(source)
    this.#services.set(source, { index, instances })
    return this.#groupOf(source, instances.values())
  }

  /** Takes what happened. @returns the groups that are others now */
  take({ Events: events }: EventBatch): readonly TargetGroup[] {
    const changed = new Set<string>()
    for (const event of events) {
      const registration = event.Topic === 'Service' ? event.Payload.Service : undefined
      if (registration !== undefined && this.#apply(event, registration)) {
        changed.add(sourceOf({ namespace: registration.Namespace, name: registration.ServiceName }))
      }
    }
    return Array.from(changed, (source) =>
      this.#groupOf(source, this.#services.get(source)?.instances.values() ?? []),
    )
  }

  /** @returns whether it says something new */
  #apply(event: NomadEvent, registration: Registration): boolean {
    const source = sourceOf({ namespace: registration.Namespace, name: registration.ServiceName })
    const unread = this.#unread.get(source)
    if (unread !== undefined) {
      this.#unread.set(source, Math.max(unread, event.Index))
      return false
    }
    const service = this.#services.get(source) ?? { index: this.#listedAt, instances: new Map() }
    if (event.Index <= service.index) return false
    this.#services.set(source, service)
    if (isGone(event, registration)) service.instances.delete(registration.ID)
    else service.instances.set(registration.ID, registration)
    return true
  }
}

/**
 * Whether an event tells of a registration that ended. Where it ended with something else, such as its
 * allocation, the event has that type, and the registration as it was before.
 */
function isGone({ Type: type, Index: index }: NomadEvent, { ModifyIndex }: Registration): boolean {
  if (type === 'ServiceRegistration') return false
  return type === 'ServiceDeregistration' || ModifyIndex < index
}

function labelsWith(separator: string): (one: Registration) => Readonly<Record<string, string>> {
  const meta = labelsFrom<Registration>('__meta_nomad_', {
    address: (r) => r.Address,
    dc: (r) => r.Datacenter,
    node_id: (r) => r.NodeID,
    namespace: (r) => r.Namespace,
    service: (r) => r.ServiceName,
    service_address: (r) => r.Address,
    service_id: (r) => r.ID,
    service_port: (r) => r.Port,
    tags: (r) => tagList(r.Tags, separator),
  })
  return (one) => ({ __address__: joinHostPort(one.Address, one.Port), ...meta(one) })
}
