import type { TargetGroup } from '../../discovery/index.js'
import { joinHostPort } from '../../go/host-port.js'
import { AnswerError } from '../kit/errors.js'
import { labelsFrom, tagList } from '../kit/labels.js'
import { bytesPerWeight, tooHeavy } from '../kit/memory.js'
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

/** What an instance and its target come to without their texts, in the weight of JSON values. */
const leastWeight = 4
/** As it came, as a label, with its separators, and on its way to those who are told. */
const copies = 4

/** The services of one Nomad as they were read, and what events have changed of them since. */
export class Registry {
  readonly #listedAt: number
  readonly #groupOf: (source: string, instances: Iterable<Registration>) => TargetGroup
  readonly #maxWeight: number
  readonly #services = new Map<string, Service>()
  /** Services of which the newest read failed, and the newest index at which something happened to each. */
  readonly #unread = new Map<string, number>()
  /** What all instances come to. */
  #weight = 0

  /**
   * @param listedAt the index at which the names of services were read
   * @param separator of tags
   * @param maxWeight how much all instances may make, in the weight of JSON values
   */
  constructor(listedAt: number, separator: string, maxWeight: number) {
    this.#listedAt = listedAt
    this.#maxWeight = maxWeight
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
   * @throws {AnswerError} where there is no memory for it, beside all others
   */
  read(
    service: ServiceName,
    { index, value }: Indexed<readonly Registration[]>,
  ): TargetGroup | undefined {
    const source = sourceOf(service)
    if (index > 0 && (this.#unread.get(source) ?? 0) > index) return undefined
    const instances = new Map(value.map((one) => [one.ID, one]))
    this.#weigh(instances.values(), this.#services.get(source)?.instances.values() ?? [])
    this.#unread.delete(source)
    this.#services.set(source, { index, instances })
    return this.#groupOf(source, instances.values())
  }

  /**
   * Takes what happened.
   * @param changed gets the sources of the groups that are others now
   * @throws {AnswerError} where there is no memory for it
   */
  take({ Events: events }: EventBatch, changed: Set<string>): void {
    for (const event of events) {
      const registration = event.Topic === 'Service' ? event.Payload.Service : undefined
      if (registration !== undefined && this.#apply(event, registration)) {
        changed.add(sourceOf({ namespace: registration.Namespace, name: registration.ServiceName }))
      }
    }
  }

  /** The groups of these sources, as they are now. */
  groups(sources: Iterable<string>): readonly TargetGroup[] {
    return Array.from(sources, (source) =>
      this.#groupOf(source, this.#services.get(source)?.instances.values() ?? []),
    )
  }

  /** Some instances take the place of others. */
  #weigh(added: Iterable<Registration>, removed: Iterable<Registration>): void {
    let weight = this.#weight
    for (const one of added) weight += weightOf(one)
    for (const one of removed) weight -= weightOf(one)
    if (weight > this.#maxWeight) throw new AnswerError(tooHeavy(this.#maxWeight))
    this.#weight = weight
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
    const before = service.instances.get(registration.ID)
    const isOver = isGone(event, registration)
    this.#weigh(isOver ? [] : [registration], before === undefined ? [] : [before])
    this.#services.set(source, service)
    if (isOver) service.instances.delete(registration.ID)
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

function weightOf({
  ID,
  ServiceName,
  Namespace,
  NodeID,
  Datacenter,
  Address,
  Tags,
}: Registration): number {
  const texts = [ID, ServiceName, Namespace, NodeID, Datacenter, Address, ...Tags]
  const length = texts.reduce((sum, text) => sum + text.length, 0)
  return leastWeight + (copies * length) / bytesPerWeight
}
