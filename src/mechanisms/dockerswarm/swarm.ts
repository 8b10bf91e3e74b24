import type { PollAnswer, ProvisionalAnswer } from '../../discovery/index.js'
import { canonicalIp } from '../../go/ip.js'
import { goQuote } from '../../go/quote.js'
import type { Api } from '../kit/api.js'
import {
  type DockerEngine,
  type DockerEvent,
  type DockerFilters,
  isDockerId,
  missed,
  type WantedEvents,
} from '../kit/docker-engine.js'
import { AnswerError } from '../kit/errors.js'
import * as json from '../kit/shape.js'
import type { StreamApi } from '../kit/stream-api.js'
import type { Config } from './index.js'

/** The prefix of all labels. */
export const prefix = '__meta_dockerswarm_'

/** What every role is searched with. */
export interface Swarm {
  readonly engine: DockerEngine
  readonly filters: DockerFilters
  readonly config: Config
}

/** A service or a node may have changed; or any. Or it is time to look at tasks again. */
export type Hint =
  | { readonly service: string }
  | { readonly node: string }
  | typeof missed
  | typeof lookAgain

/** The hint of an answer whose tasks are still on their way. */
export const lookAgain = 'again'

/** How one role is searched. */
export interface Search {
  /** The events that this role depends on. */
  readonly wanted: WantedEvents
  /** See `WatchingSearch.find`. */
  find(api: Api, hints: readonly Hint[] | undefined): Promise<PollAnswer | ProvisionalAnswer<Hint>>
}

/** Above this, one list of all costs less than a list by ids. */
export const mostAtOnce = 50

/** The services and nodes that hints name; undefined where everything has to be listed. */
export interface Changed {
  readonly services: ReadonlySet<string>
  readonly nodes: ReadonlySet<string>
}

/** Reads hints. @returns undefined where everything has to be listed */
export function changedOf(hints: readonly Hint[] | undefined): Changed | undefined {
  const services = new Set<string>()
  const nodes = new Set<string>()
  for (const hint of hints ?? [missed]) {
    if (hint === missed) return undefined
    if (hint === lookAgain) continue
    if ('service' in hint) services.add(hint.service)
    else nodes.add(hint.node)
  }
  return services.size + nodes.size > mostAtOnce ? undefined : { services, nodes }
}

/** Watches a swarm for what one role depends on. */
export async function* watchSwarm(
  api: StreamApi,
  engine: DockerEngine,
  wanted: WantedEvents,
): AsyncGenerator<Hint> {
  for await (const event of engine.events(api, wanted)) {
    const hint = event === missed ? missed : hintOf(event)
    if (hint !== undefined) yield hint
  }
}

function hintOf({ Type, Actor: { ID, Attributes } }: DockerEvent): Hint | undefined {
  if (!isDockerId(ID)) return missed
  if (Type === 'service') return { service: ID }
  if (Type === 'node') return { node: ID }
  // A container on this very node; only those of tasks matter.
  const service = Attributes.get('com.docker.swarm.service.id')
  if (service === undefined) return undefined
  return isDockerId(service) ? { service } : missed
}

/** A port that a service publishes. */
export interface ServicePort {
  readonly Name: string
  readonly Protocol: string
  readonly PublishedPort: number
  readonly PublishMode: string
}

/** A service as the engine lists it. */
export interface Service {
  readonly ID: string
  readonly Spec: {
    readonly Name: string
    readonly Labels: ReadonlyMap<string, string>
    readonly TaskTemplate: {
      /** Undefined for a service of plugins, which has no containers. */
      readonly ContainerSpec: { readonly Hostname: string; readonly Image: string } | undefined
    }
    readonly Mode: { readonly Replicated: unknown; readonly Global: unknown }
  }
  readonly Endpoint: {
    readonly Ports: readonly ServicePort[]
    readonly VirtualIPs: readonly { readonly NetworkID: string; readonly Addr: string }[]
  }
  readonly UpdateStatus: { readonly State: string } | undefined
}

/** How one is read. */
export const serviceShape: json.Shape<Service> = json.object({
  ID: json.text,
  Spec: json.object({
    Name: json.text,
    Labels: json.map(json.text),
    TaskTemplate: json.object({
      ContainerSpec: json.optional(json.object({ Hostname: json.text, Image: json.text })),
    }),
    Mode: json.object({ Replicated: json.any, Global: json.any }),
  }),
  Endpoint: json.object({
    Ports: json.list(
      json.object({
        Name: json.text,
        Protocol: json.text,
        PublishedPort: json.int,
        PublishMode: json.text,
      }),
    ),
    VirtualIPs: json.list(json.object({ NetworkID: json.text, Addr: json.text })),
  }),
  UpdateStatus: json.optional(json.object({ State: json.text })),
})

/** A node as the engine lists it. */
export interface Node {
  readonly ID: string
  readonly Spec: {
    readonly Role: string
    readonly Availability: string
    readonly Labels: ReadonlyMap<string, string>
  }
  readonly Description: {
    readonly Hostname: string
    readonly Platform: { readonly Architecture: string; readonly OS: string }
    readonly Engine: { readonly EngineVersion: string }
  }
  readonly Status: { readonly State: string; readonly Addr: string }
  /** Of managers alone. */
  readonly ManagerStatus:
    | { readonly Leader: boolean; readonly Reachability: string; readonly Addr: string }
    | undefined
}

/** How one is read. */
export const nodeShape: json.Shape<Node> = json.object({
  ID: json.text,
  Spec: json.object({ Role: json.text, Availability: json.text, Labels: json.map(json.text) }),
  Description: json.object({
    Hostname: json.text,
    Platform: json.object({ Architecture: json.text, OS: json.text }),
    Engine: json.object({ EngineVersion: json.text }),
  }),
  Status: json.object({ State: json.text, Addr: json.text }),
  ManagerStatus: json.optional(
    json.object({ Leader: json.bool, Reachability: json.text, Addr: json.text }),
  ),
})

/** `global`, `replicated`, or nothing for jobs. */
export function modeOf({ Spec: { Mode } }: Service): string {
  if (Mode.Global !== undefined) return 'global'
  return Mode.Replicated === undefined ? '' : 'replicated'
}

/** The source of a group, by the id of what it is of. */
export function sourceOf(id: string): string {
  return `DockerSwarm/${id}`
}

/**
 * The address of a network in CIDR notation, without the length of its prefix.
 * @throws {AnswerError} for any other text
 */
export function ipOf(cidr: string): string {
  const [, address = '', length = ''] = /^([^/]*)\/([0-9]+)$/.exec(cidr) ?? []
  const ip = canonicalIp(address)
  if (ip === undefined || Number(length) > (address.includes(':') ? 128 : 32)) {
    throw new AnswerError(
      `error while parsing address ${goQuote(cidr)}: it is not an IP address with a prefix length`,
    )
  }
  return ip
}
