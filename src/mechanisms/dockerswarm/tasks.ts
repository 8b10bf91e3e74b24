import type { PollAnswer, ProvisionalAnswer, TargetGroup } from '../../discovery/index.js'
import { joinHostPort } from '../../go/host-port.js'
import { HttpError } from '../../http/index.js'
import type { Labels } from '../../labels/index.js'
import type { Api } from '../kit/api.js'
import {
  type AskedList,
  type DockerFilters,
  type WantedEvents,
  withFilter,
} from '../kit/docker-engine.js'
import { labelsFrom } from '../kit/labels.js'
import { MemoryBudget } from '../kit/memory.js'
import { collectNow } from '../kit/polled.js'
import * as json from '../kit/shape.js'
import { SharedLabels } from '../kit/shared-labels.js'
import { commonNodeLabels } from './nodes.js'
import { commonServiceLabels } from './services.js'
import { Settling, type TaskProgress } from './settling.js'
import {
  type Changed,
  changedOf,
  type Hint,
  ipOf,
  lookAgain,
  mostAtOnce,
  nodeShape,
  prefix,
  type Search,
  type ServicePort,
  serviceShape,
  sourceOf,
  type Swarm,
} from './swarm.js'

const taskShape = json.object({
  ID: json.text,
  ServiceID: json.text,
  NodeID: json.text,
  Slot: json.int,
  DesiredState: json.text,
  Spec: json.object({ ContainerSpec: json.object({ Labels: json.map(json.text) }) }),
  Status: json.object({
    State: json.text,
    ContainerStatus: json.optional(json.object({ ContainerID: json.text })),
    PortStatus: json.object({
      Ports: json.list(
        json.object({ Protocol: json.text, PublishedPort: json.int, PublishMode: json.text }),
      ),
    }),
  }),
  NetworksAttachments: json.list(
    json.object({ Network: json.object({ ID: json.text }), Addresses: json.list(json.text) }),
  ),
})
type Task = json.Read<typeof taskShape>

const taskLabels = labelsFrom<Task>(prefix, {
  task_id: (t) => t.ID,
  task_desired_state: (t) => t.DesiredState,
  task_state: (t) => t.Status.State,
  task_slot: (t) => t.Slot,
  task_container_id: (t) => t.Status.ContainerStatus?.ContainerID,
  container_label_: (t) => t.Spec.ContainerSpec.Labels,
})

const publishMode = `${prefix}task_port_publish_mode`

/** What tasks have of their service. */
interface OfService {
  readonly labels: Labels
  readonly tcp: readonly ServicePort[]
}

/** Role `tasks`. */
export class Tasks implements Search {
  // The containers on the engine's own node: it does tell of those.
  readonly wanted: WantedEvents = {
    types: ['service', 'node', 'container'],
    actions: ['create', 'update', 'remove', 'start', 'die'],
  }
  readonly #swarm: Swarm
  readonly #settling: Settling
  readonly #services = new Map<string, OfService>()
  readonly #nodes = new Map<string, Labels>()
  #networks: ReadonlyMap<string, Labels> = new Map()
  /** Where each task that is known belongs. */
  readonly #known = new Map<string, Pick<Task, 'ServiceID' | 'NodeID'>>()

  constructor(swarm: Swarm) {
    this.#swarm = swarm
    this.#settling = new Settling(swarm.config.refresh_interval)
  }

  async find(
    api: Api,
    hints: readonly Hint[] | undefined,
  ): Promise<PollAnswer | ProvisionalAnswer<Hint>> {
    const { filters } = this.#swarm
    const changed = changedOf(hints)
    if (changed !== undefined) this.#settling.begin(changed.services)
    // What the section names itself would be listed as well.
    const isNarrow = changed !== undefined && !filters.has('service') && !filters.has('node')
    const { tasks, answer } = isNarrow ? await this.#some(api, changed) : await this.#all(api)
    const afterMs = this.#settling.compare(tasks)
    return afterMs === undefined ? answer : { answer, again: { hint: lookAgain, afterMs } }
  }

  async #all(api: Api): Promise<Found> {
    const asked = await this.#ask(api, this.#swarm.filters)
    try {
      this.#services.clear()
      this.#nodes.clear()
      await this.#listServices(api, new Map())
      await this.#listNodes(api, new Map())
      await this.#listNetworks(api)
      return await this.#readAll(api, asked)
    } finally {
      asked.coming.cancel()
    }
  }

  async #readAll(api: Api, asked: AskedList): Promise<Found> {
    this.#known.clear()
    const tasks: TaskProgress[] = []
    const labels = new SharedLabels()
    const budget = new MemoryBudget(api.maxWeight)
    const isSettling = this.#settling.services.size > 0
    const groups = await this.#swarm.engine.read(api, asked, taskShape, (one) => {
      if (isSettling) tasks.push(progressOf(one))
      return this.#groupOf(one, labels, budget)
    })
    return { tasks, answer: groups }
  }

  /** The tasks of services and nodes that have changed, and of those that are settling. */
  async #some(api: Api, { services: changed, nodes }: Changed): Promise<Found> {
    const services = new Set([...changed, ...this.#settling.services])
    if (changed.size > 0) {
      for (const id of changed) this.#services.delete(id)
      await this.#listServices(api, new Map([['id', changed]]))
    }
    if (nodes.size > 0) {
      for (const id of nodes) this.#nodes.delete(id)
      await this.#listNodes(api, new Map([['id', nodes]]))
    }
    const listed = await this.#tasksOf(api, services, nodes)
    const tasks = [...listed.values()]
    if (tasks.some((one) => this.#hasUnknownNetwork(one))) await this.#listNetworks(api)
    const gone = Array.from(this.#known)
      .filter(
        ([id, { ServiceID, NodeID }]) =>
          !listed.has(id) && (services.has(ServiceID) || nodes.has(NodeID)),
      )
      .map(([id]) => id)
    for (const id of gone) this.#known.delete(id)
    const empty = gone.map((id) => ({ source: sourceOf(id), labels: {}, targets: [] }))
    const labels = new SharedLabels()
    const budget = new MemoryBudget(api.maxWeight)
    const groups = [...tasks.map((one) => this.#groupOf(one, labels, budget)), ...empty]
    return { tasks: tasks.map(progressOf), answer: { groups } }
  }

  /** The tasks of these services and of these nodes, by id. */
  async #tasksOf(
    api: Api,
    services: ReadonlySet<string>,
    nodes: ReadonlySet<string>,
  ): Promise<ReadonlyMap<string, Task>> {
    const { filters } = this.#swarm
    const isFew = services.size + nodes.size <= mostAtOnce
    const isKnown =
      [...services].every((id) => this.#services.has(id)) &&
      [...nodes].every((id) => this.#nodes.has(id))
    try {
      if (isFew && isKnown) {
        const some = [
          ...(services.size > 0
            ? await this.#list(api, withFilter(filters, 'service', services))
            : []),
          ...(nodes.size > 0 ? await this.#list(api, withFilter(filters, 'node', nodes)) : []),
        ]
        return new Map(some.map((one) => [one.ID, one]))
      }
    } catch (error) {
      // One of them has been removed meanwhile; its tasks go one after the other.
      if (!(error instanceof HttpError && error.status === 404)) throw error
    }
    const all = await this.#list(api, filters)
    const some = all.filter(({ ServiceID, NodeID }) => services.has(ServiceID) || nodes.has(NodeID))
    return new Map(some.map((one) => [one.ID, one]))
  }

  #ask(api: Api, filters: DockerFilters): Promise<AskedList> {
    return this.#swarm.engine.ask(api, 'error while listing swarm tasks', '/tasks', filters)
  }

  async #list(api: Api, filters: DockerFilters): Promise<readonly Task[]> {
    const asked = await this.#ask(api, filters)
    return await this.#swarm.engine.read(api, asked, taskShape, (one) => one)
  }

  async #listServices(api: Api, filters: DockerFilters): Promise<void> {
    const what = 'error while computing services labels and ports'
    const all = await this.#swarm.engine.list(api, what, '/services', serviceShape, filters)
    for (const one of all) {
      const tcp = one.Endpoint.Ports.filter(({ Protocol }) => Protocol === 'tcp')
      this.#services.set(one.ID, { labels: commonServiceLabels(one), tcp })
    }
  }

  async #listNodes(api: Api, filters: DockerFilters): Promise<void> {
    const what = 'error while computing nodes labels and ports'
    const all = await this.#swarm.engine.list(api, what, '/nodes', nodeShape, filters)
    for (const one of all) this.#nodes.set(one.ID, commonNodeLabels(one))
  }

  async #listNetworks(api: Api): Promise<void> {
    const what = 'error while computing swarm network labels'
    this.#networks = await this.#swarm.engine.networkLabels(api, what, prefix)
  }

  #hasUnknownNetwork({ NetworksAttachments }: Task): boolean {
    return NetworksAttachments.some(({ Network }) => !this.#networks.has(Network.ID))
  }

  #groupOf(one: Task, labels: SharedLabels, budget: MemoryBudget): TargetGroup {
    const { ID, ServiceID, NodeID } = one
    this.#known.set(ID, { ServiceID, NodeID })
    const node = this.#nodes.get(NodeID)
    const service = this.#services.get(ServiceID)
    return {
      source: sourceOf(ID),
      labels: labels.merge(taskLabels(one), service?.labels, node),
      targets: collectNow(this.#targetsOf(one, node, service), budget),
    }
  }

  /** A target for each port on the task's node, and for each of its service on each network. */
  *#targetsOf(
    { Status, NetworksAttachments }: Task,
    node: Labels | undefined,
    service: OfService | undefined,
  ): Generator<Labels> {
    for (const { Protocol, PublishedPort, PublishMode } of Status.PortStatus.Ports) {
      if (Protocol !== 'tcp') continue
      const address = joinHostPort(node?.[`${prefix}node_address`] ?? '', PublishedPort)
      yield { __address__: address, [publishMode]: PublishMode }
    }
    for (const { Network, Addresses } of NetworksAttachments) {
      for (const address of Addresses) {
        yield* this.#onNetwork(ipOf(address), service, this.#networks.get(Network.ID))
      }
    }
  }

  *#onNetwork(
    ip: string,
    service: OfService | undefined,
    network: Labels | undefined,
  ): Generator<Labels> {
    if (service === undefined || service.tcp.length === 0) {
      yield { __address__: joinHostPort(ip, this.#swarm.config.port), ...network }
      return
    }
    for (const { PublishedPort, PublishMode } of service.tcp) {
      yield { __address__: joinHostPort(ip, PublishedPort), ...network, [publishMode]: PublishMode }
    }
  }
}

function progressOf({ ServiceID, DesiredState, Status }: Task): TaskProgress {
  return { service: ServiceID, desired: DesiredState, state: Status.State }
}

/** An answer, and how far the tasks have come that it is made of; none where no service settles. */
interface Found {
  readonly tasks: readonly TaskProgress[]
  readonly answer: PollAnswer
}
