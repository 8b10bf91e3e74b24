import { joinHostPort } from '../../go/host-port.js'
import type { PollAnswer, ProvisionalAnswer, TargetGroup } from '../../discovery/index.js'
import type { Labels } from '../../labels/index.js'
import type { Api } from '../kit/api.js'
import {
  type AskedList,
  DockerEngine,
  type DockerEvent,
  type DockerFilters,
  dockerFilters,
  isDockerId,
  missed,
  type WantedEvents,
  withFilter,
} from '../kit/docker-engine.js'
import { labelsFrom } from '../kit/labels.js'
import { MemoryBudget } from '../kit/memory.js'
import { collectNow, type WatchingSearch } from '../kit/polled.js'
import * as json from '../kit/shape.js'
import { SharedLabels } from '../kit/shared-labels.js'
import type { StreamApi } from '../kit/stream-api.js'
import { type Expectation, Expectations } from './expectations.js'
import type { Config } from './index.js'

const prefix = '__meta_docker_'
const networkId = `${prefix}network_id`

const endpoint = json.object({
  NetworkID: json.text,
  IPAddress: json.text,
  GlobalIPv6Address: json.text,
})
const container = json.object({
  Id: json.text,
  Names: json.list(json.text),
  Image: json.text,
  ImageID: json.text,
  Ports: json.list(
    json.object({ IP: json.text, PrivatePort: json.int, PublicPort: json.int, Type: json.text }),
  ),
  Labels: json.map(json.text),
  HostConfig: json.object({ NetworkMode: json.text }),
  NetworkSettings: json.object({ Networks: json.map(json.optional(endpoint)) }),
})
type Container = json.Read<typeof container>
type Endpoint = json.Read<typeof endpoint>

const containerLabels = labelsFrom<Container>(`${prefix}container_`, {
  id: (c) => c.Id,
  name: (c) => c.Names[0],
  network_mode: (c) => c.HostConfig.NetworkMode,
  image: (c) => c.Image || undefined,
  image_id: (c) => c.ImageID || undefined,
  label_: (c) => c.Labels,
})

/** A container may have changed; or any; or it is time to see whether lists show what events have said. */
type Hint = Change | typeof missed | typeof checkAgain

interface Change {
  readonly container: string
  readonly expected: Expectation | undefined
}

const checkAgain = 'again'

/** Above this, one list of all costs less than a list of each. */
const mostAtOnce = 100

/** Finds the containers of an engine, and watches them. */
export function groups(config: Config): WatchingSearch<Hint> {
  const filters = dockerFilters(config.filters)
  const engine = new DockerEngine(filters)
  return new Containers(config, filters, engine)
}

/** What of a container the targets of others depend on. */
interface Attached {
  /** In the order of their names. */
  readonly networks: readonly Endpoint[]
  /** The id of the container whose network this one uses. */
  readonly shared: string | undefined
}

/** Containers by id. */
type Listed = ReadonlyMap<string, Attached>

/** An answer, and what it is made of. */
interface Found {
  readonly listed: Listed
  readonly answer: PollAnswer
}

class Containers implements WatchingSearch<Hint> {
  readonly #config: Config
  readonly #filters: DockerFilters
  readonly #engine: DockerEngine
  /** Whether a list has only what runs, so that a container that dies leaves it. */
  readonly #listsRunning: boolean
  readonly #expectations = new Expectations()
  #networks: ReadonlyMap<string, Labels> = new Map()
  /** Containers that use the network of another one: that one, by their id. */
  readonly #sharing = new Map<string, string>()

  constructor(config: Config, filters: DockerFilters, engine: DockerEngine) {
    this.#config = config
    this.#filters = filters
    this.#engine = engine
    this.#listsRunning = !isOfState(filters)
  }

  async find(
    api: Api,
    hints: readonly Hint[] | undefined,
  ): Promise<PollAnswer | ProvisionalAnswer<Hint>> {
    const changed = new Set<string>()
    let isAll = hints === undefined
    for (const hint of hints ?? []) {
      if (hint === missed) isAll = true
      else if (hint !== checkAgain) {
        changed.add(hint.container)
        if (hint.expected === undefined) this.#expectations.forget(hint.container)
        else this.#expectations.expect(hint.expected)
      }
    }
    for (const container of this.#expectations.containers) changed.add(container)
    // Those that the section names itself would be listed as well.
    isAll ||= changed.size > mostAtOnce || this.#filters.has('id')
    const { listed, answer } = await (isAll ? this.#all(api) : this.#some(api, changed))
    const afterMs = this.#expectations.compare((id) => {
      const one = listed.get(id)
      return one && new Set(one.networks.map(({ NetworkID }) => NetworkID))
    })
    return afterMs === undefined ? answer : { answer, again: { hint: checkAgain, afterMs } }
  }

  async *watch(api: StreamApi): AsyncGenerator<Hint> {
    for await (const event of this.#engine.events(api, wantedEvents(this.#filters))) {
      const hint = event === missed ? missed : hintOf(event)
      if (hint !== undefined) yield hint
    }
  }

  async #all(api: Api): Promise<Found> {
    const asked = await this.#ask(api, this.#filters)
    try {
      await this.#listNetworks(api)
      return await this.#readAll(api, asked)
    } finally {
      asked.coming.cancel()
    }
  }

  async #readAll(api: Api, asked: AskedList): Promise<Found> {
    this.#sharing.clear()
    const listed = new Map<string, Attached>()
    const labels = new SharedLabels()
    const budget = new MemoryBudget(api.maxWeight)
    // One that uses the network of another waits until that one is read as well.
    const read = await this.#engine.read(api, asked, container, (one) => {
      const attached = this.#attachedOf(one)
      listed.set(one.Id, attached)
      if (this.#hasDied(one.Id)) return empty(one.Id)
      return attached.shared === undefined
        ? this.#groupOf(one, attached.networks, labels, budget)
        : one
    })
    const found: TargetGroup[] = []
    for (const one of read) {
      const group =
        'source' in one ? one : this.#groupOf(one, networksOf(one.Id, listed), labels, budget)
      if (group.targets.length > 0) found.push(group)
      if (api.turns.isOver) {
        await api.turns.next()
        api.signal.throwIfAborted()
      }
    }
    return { listed, answer: found }
  }

  /** The containers that have changed, and those whose targets depend on them. */
  async #some(api: Api, changed: ReadonlySet<string>): Promise<Found> {
    const affected = new Set(changed)
    for (let before = 0; before < affected.size; ) {
      before = affected.size
      for (const [id, other] of this.#sharing) if (affected.has(other)) affected.add(id)
    }
    const containers = new Map<string, Container>()
    const listed = new Map<string, Attached>()
    const asked = new Set<string>()
    for (let next = [...affected]; next.length > 0; ) {
      for (const id of next) asked.add(id)
      const answer = await this.#ask(api, withFilter(this.#filters, 'id', next))
      for (const one of await this.#engine.read(api, answer, container, (item) => item)) {
        // A filter for an id takes the beginning of one too.
        if (!asked.has(one.Id)) continue
        containers.set(one.Id, one)
        listed.set(one.Id, this.#attachedOf(one))
      }
      // Where their own networks are those of another container, that one is needed as well.
      next = Array.from(listed.values(), ({ shared }) => shared).filter(
        (id): id is string => id !== undefined && !asked.has(id),
      )
    }
    if (this.#hasUnknownNetwork(listed)) await this.#listNetworks(api)
    const labels = new SharedLabels()
    const budget = new MemoryBudget(api.maxWeight)
    const found: TargetGroup[] = []
    for (const id of affected) {
      const one = this.#hasDied(id) ? undefined : containers.get(id)
      this.#sharing.delete(id)
      found.push(
        one === undefined ? empty(id) : this.#groupOf(one, networksOf(id, listed), labels, budget),
      )
    }
    return { listed, answer: { groups: found } }
  }

  /** An engine goes on listing a container that has died, for about a tenth of a second. */
  #hasDied(id: string): boolean {
    return this.#listsRunning && this.#expectations.isLeaving(id)
  }

  #ask(api: Api, filters: DockerFilters): Promise<AskedList> {
    const what = 'error while listing containers'
    return this.#engine.ask(api, what, '/containers/json', filters)
  }

  async #listNetworks(api: Api): Promise<void> {
    const what = 'error while computing network labels'
    this.#networks = await this.#engine.networkLabels(api, what, prefix)
  }

  #hasUnknownNetwork(listed: Listed): boolean {
    for (const { networks } of listed.values()) {
      if (networks.some(({ NetworkID }) => !this.#networks.has(NetworkID))) return true
    }
    return false
  }

  #attachedOf(one: Container): Attached {
    const { Networks } = one.NetworkSettings
    const networks: Endpoint[] = []
    for (const name of [...Networks.keys()].sort()) {
      const network = Networks.get(name)
      if (network === undefined) continue
      // All containers of a network share the text of its id.
      const id = this.#networks.get(network.NetworkID)?.[networkId] ?? network.NetworkID
      networks.push({ ...network, NetworkID: id })
    }
    return { networks, shared: sharedBy(one) }
  }

  #groupOf(
    one: Container,
    networks: readonly Endpoint[],
    labels: SharedLabels,
    budget: MemoryBudget,
  ): TargetGroup {
    if (one.Names.length === 0) return empty(one.Id)
    const shared = sharedBy(one)
    if (shared !== undefined) this.#sharing.set(one.Id, shared)
    const matching = this.#config.match_first_network ? networks.slice(0, 1) : networks
    const targets = collectNow(this.#targetsOf(one, matching, labels), budget)
    return { source: sourceOf(one.Id), labels: labels.merge(containerLabels(one)), targets }
  }

  /** A target for each port on each network; one for each network where there is no port. */
  *#targetsOf(
    one: Container,
    networks: readonly Endpoint[],
    shared: SharedLabels,
  ): Generator<Labels> {
    const { port, host_networking_host: host } = this.#config
    const tcp = one.Ports.filter(({ Type }) => Type === 'tcp')
    for (const network of networks) {
      const ip = network.IPAddress === '' ? network.GlobalIPv6Address : network.IPAddress
      const ofNetwork = this.#networks.get(network.NetworkID)
      if (tcp.length === 0) {
        const isHost = one.HostConfig.NetworkMode === 'host'
        const address = isHost ? host : joinHostPort(ip, port)
        yield shared.merge({ __address__: address, [`${prefix}network_ip`]: ip }, ofNetwork)
      }
      for (const { PrivatePort, PublicPort, IP } of tcp) {
        const own: Record<string, string> = {
          __address__: joinHostPort(ip, PrivatePort),
          [`${prefix}network_ip`]: ip,
          [`${prefix}port_private`]: String(PrivatePort),
        }
        if (PublicPort > 0) {
          own[`${prefix}port_public`] = String(PublicPort)
          own[`${prefix}port_public_ip`] = IP
        }
        yield shared.merge(own, ofNetwork)
      }
    }
  }
}

/** The networks of a container, or those of the one whose network it uses, and so on. */
function networksOf(id: string, listed: Listed): readonly Endpoint[] {
  const seen = new Set<string>()
  let at: string | undefined = id
  // Two containers cannot use each other's network, but an answer can say so.
  while (at !== undefined && !seen.has(at)) {
    seen.add(at)
    const one = listed.get(at)
    if (one === undefined) return []
    if (one.shared === undefined) return one.networks
    at = one.shared
  }
  return []
}

/** The id of the container whose network this one uses. */
function sharedBy({ HostConfig, NetworkSettings }: Container): string | undefined {
  if (NetworkSettings.Networks.size > 0) return undefined
  const [, id] = /^container:(.*)$/s.exec(HostConfig.NetworkMode) ?? []
  return id
}

function sourceOf(id: string): string {
  return `Docker/${id}`
}

function empty(id: string): TargetGroup {
  return { source: sourceOf(id), labels: {}, targets: [] }
}

/** Whether lists may have containers that do not run. */
function isOfState(filters: DockerFilters): boolean {
  return filters.has('status') || filters.has('exited')
}

/** Only what changes a label or what is listed: commands that run in containers, say, make a storm of events. */
function wantedEvents(filters: DockerFilters): WantedEvents {
  return {
    types: ['container', 'network'],
    actions: [
      'start',
      'die',
      'rename',
      'connect',
      'disconnect',
      ...(isOfState(filters) ? ['create', 'destroy', 'pause', 'unpause'] : []),
      ...(filters.has('health') ? ['health_status'] : []),
    ],
  }
}

function hintOf({ Type, Action, Actor: { ID, Attributes } }: DockerEvent): Hint | undefined {
  if (!isDockerId(ID)) return missed
  if (Type === 'network') {
    const container = Attributes.get('container')
    if (container === undefined) return undefined
    if (!isDockerId(container)) return missed
    return { container, expected: { container, network: ID, listed: Action === 'connect' } }
  }
  const expected = { container: ID, network: undefined, listed: false }
  return { container: ID, expected: Action === 'die' ? expected : undefined }
}
