import type { PollAnswer, TargetGroup } from '../../discovery/index.js'
import { joinHostPort } from '../../go/host-port.js'
import type { Labels } from '../../labels/index.js'
import type { Api } from '../kit/api.js'
import { type DockerFilters, type WantedEvents, withFilter } from '../kit/docker-engine.js'
import { labelsFrom } from '../kit/labels.js'
import { MemoryBudget } from '../kit/memory.js'
import { collect } from '../kit/polled.js'
import {
  changedOf,
  type Hint,
  ipOf,
  modeOf,
  prefix,
  type Search,
  type Service,
  serviceShape,
  sourceOf,
  type Swarm,
} from './swarm.js'

/** What tasks have of their service too. */
export const commonServiceLabels: (service: Service) => Labels = labelsFrom<Service>(
  `${prefix}service_`,
  {
    id: (s) => s.ID,
    name: (s) => s.Spec.Name,
    mode: modeOf,
    label_: (s) => s.Spec.Labels,
  },
)

const ownLabels = labelsFrom<Service>(`${prefix}service_`, {
  // A service of plugins has no containers.
  task_container_hostname: (s) => s.Spec.TaskTemplate.ContainerSpec?.Hostname,
  task_container_image: (s) => s.Spec.TaskTemplate.ContainerSpec?.Image,
  updating_status: (s) => s.UpdateStatus?.State,
})

/** Role `services`. */
export class Services implements Search {
  readonly wanted: WantedEvents = { types: ['service'], actions: ['create', 'update', 'remove'] }
  readonly #swarm: Swarm
  #networks: ReadonlyMap<string, Labels> = new Map()

  constructor(swarm: Swarm) {
    this.#swarm = swarm
  }

  async find(api: Api, hints: readonly Hint[] | undefined): Promise<PollAnswer> {
    const { filters } = this.#swarm
    const changed = filters.has('id') ? undefined : changedOf(hints)
    if (changed === undefined) {
      const all = await this.#list(api, filters)
      await this.#listNetworks(api)
      return this.#groupsOf(all, api)
    }
    const { services } = changed
    const listed = await this.#list(api, withFilter(filters, 'id', services))
    if (listed.some((one) => this.#hasUnknownNetwork(one))) await this.#listNetworks(api)
    const groups = await this.#groupsOf(listed, api)
    const found = new Map(groups.map((group) => [group.source, group]))
    return {
      groups: Array.from(
        services,
        (id) => found.get(sourceOf(id)) ?? { source: sourceOf(id), labels: {}, targets: [] },
      ),
    }
  }

  #list(api: Api, filters: DockerFilters): Promise<readonly Service[]> {
    const what = 'error while listing swarm services'
    return this.#swarm.engine.list(api, what, '/services', serviceShape, filters)
  }

  async #listNetworks(api: Api): Promise<void> {
    const what = 'error while computing swarm network labels'
    this.#networks = await this.#swarm.engine.networkLabels(api, what, prefix)
  }

  #hasUnknownNetwork({ Endpoint }: Service): boolean {
    return Endpoint.VirtualIPs.some(({ NetworkID }) => !this.#networks.has(NetworkID))
  }

  async #groupsOf(services: readonly Service[], api: Api): Promise<readonly TargetGroup[]> {
    const groups: TargetGroup[] = []
    const budget = new MemoryBudget(api.maxWeight)
    for (const one of services) {
      const targets = await collect(this.#targetsOf(one), api, budget)
      const labels = { ...commonServiceLabels(one), ...ownLabels(one) }
      groups.push({ source: sourceOf(one.ID), labels, targets })
    }
    return groups
  }

  /** A target for each port on each network; one for each network where there is no port. */
  *#targetsOf(one: Service): Generator<Labels> {
    const { Ports, VirtualIPs } = one.Endpoint
    const tcp = Ports.filter(({ Protocol }) => Protocol === 'tcp')
    for (const { NetworkID, Addr } of VirtualIPs) {
      const ip = ipOf(Addr)
      const network = this.#networks.get(NetworkID)
      if (tcp.length === 0) {
        yield { __address__: joinHostPort(ip, this.#swarm.config.port), ...network }
      }
      for (const { Name, PublishMode, PublishedPort } of tcp) {
        yield {
          __address__: joinHostPort(ip, PublishedPort),
          ...network,
          [`${prefix}service_endpoint_port_name`]: Name,
          [`${prefix}service_endpoint_port_publish_mode`]: PublishMode,
        }
      }
    }
  }
}
