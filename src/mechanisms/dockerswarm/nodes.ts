import type { PollAnswer, TargetGroup } from '../../discovery/index.js'
import { joinHostPort } from '../../go/host-port.js'
import type { Labels } from '../../labels/index.js'
import type { Api } from '../kit/api.js'
import { type WantedEvents, withFilter } from '../kit/docker-engine.js'
import { labelsFrom } from '../kit/labels.js'
import {
  changedOf,
  type Hint,
  type Node,
  nodeShape,
  prefix,
  type Search,
  sourceOf,
  type Swarm,
} from './swarm.js'

/** What tasks have of their node too. */
export const commonNodeLabels: (node: Node) => Labels = labelsFrom<Node>(`${prefix}node_`, {
  id: (n) => n.ID,
  role: (n) => n.Spec.Role,
  availability: (n) => n.Spec.Availability,
  hostname: (n) => n.Description.Hostname,
  platform_architecture: (n) => n.Description.Platform.Architecture,
  platform_os: (n) => n.Description.Platform.OS,
  status: (n) => n.Status.State,
  address: (n) => n.Status.Addr,
  label_: (n) => n.Spec.Labels,
})

const ownLabels = labelsFrom<Node>(`${prefix}node_`, {
  engine_version: (n) => n.Description.Engine.EngineVersion,
  manager_leader: (n) => n.ManagerStatus?.Leader,
  manager_reachability: (n) => n.ManagerStatus?.Reachability,
  manager_address: (n) => n.ManagerStatus?.Addr,
})

/** Role `nodes`. */
export class Nodes implements Search {
  readonly wanted: WantedEvents = { types: ['node'], actions: ['create', 'update', 'remove'] }
  readonly #swarm: Swarm

  constructor(swarm: Swarm) {
    this.#swarm = swarm
  }

  async find(api: Api, hints: readonly Hint[] | undefined): Promise<PollAnswer> {
    const { engine, filters } = this.#swarm
    const what = 'error while listing swarm nodes'
    const changed = filters.has('id') ? undefined : changedOf(hints)
    if (changed === undefined) {
      const all = await engine.list(api, what, '/nodes', nodeShape)
      return all.map((one) => this.#groupOf(one))
    }
    const some = withFilter(filters, 'id', changed.nodes)
    const listed = await engine.list(api, what, '/nodes', nodeShape, some)
    const found = new Map(listed.map((one) => [one.ID, this.#groupOf(one)]))
    return {
      groups: Array.from(
        changed.nodes,
        (id) => found.get(id) ?? { source: sourceOf(id), labels: {}, targets: [] },
      ),
    }
  }

  #groupOf(one: Node): TargetGroup {
    return {
      source: sourceOf(one.ID),
      labels: { ...commonNodeLabels(one), ...ownLabels(one) },
      targets: [{ __address__: joinHostPort(one.Status.Addr, this.#swarm.config.port) }],
    }
  }
}
