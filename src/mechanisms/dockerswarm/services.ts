import type { PollAnswer, TargetGroup } from '../../discovery/index.js'
import { joinHostPort } from '../../go/host-port.js'
import type { Labels } from '../../labels/index.js'
import type { Api } from '../kit/api.js'
import { type DockerFilters, type WantedEvents, withFilter } from '../kit/docker-engine.js'
import { labelsFrom } from '../kit/labels.js'
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
      return all.map((one) => this.#groupOf(one))
    }
    const { services } = changed
    const listed = await this.#list(api, withFilter(filters, 'id', services))
    if (listed.some((one) => this.#hasUnknownNetwork(one))) await this.#listNetworks(api)
    const found = new Map(listed.map((one) => [one.ID, this.#groupOf(one)]))
    return {
      groups: Array.from(
        services,
        (id) => found.get(id) ?? { source: sourceOf(id), labels: {}, targets: [] },
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

  #groupOf(one: Service): TargetGroup {
    const { Ports, VirtualIPs } = one.Endpoint
    const tcp = Ports.filter(({ Protocol }) => Protocol === 'tcp')
    const targets = VirtualIPs.flatMap(({ NetworkID, Addr }): readonly Labels[] => {
      const ip = ipOf(Addr)
      const network = this.#networks.get(NetworkID)
      if (tcp.length === 0) {
        return [{ __address__: joinHostPort(ip, this.#swarm.config.port), ...network }]
      }
      return tcp.map(({ Name, PublishMode, PublishedPort }) => ({
        __address__: joinHostPort(ip, PublishedPort),
        ...network,
        [`${prefix}service_endpoint_port_name`]: Name,
        [`${prefix}service_endpoint_port_publish_mode`]: PublishMode,
      }))
    })
    const labels = { ...commonServiceLabels(one), ...ownLabels(one) }
    return { source: sourceOf(one.ID), labels, targets }
  }
}
