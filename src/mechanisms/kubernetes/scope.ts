import { isDeepStrictEqual } from 'node:util'
import type { TargetGroup } from '../../discovery/groups/target-group.js'
import type { Logger } from '../../telemetry/index.js'
import type { Steps } from '../../waiting/turns.js'
import type { Change, Feed } from './cluster.js'
import type { Feeds } from './feeds.js'
import type { KubernetesMetrics, ObjectEvent } from './metrics.js'
import type { Kind, Meta, ObjectOf, Pairs, Pod } from './objects.js'
import { emptyGroup, keyOf, type Lookups } from './roles/lookups.js'
import { jobOfPod, replicaSetOfPod, type Role } from './roles/roles.js'
import type { RoleName } from './section.js'

/** How many targets and groups one finding has at most, but for those of its last group. */
const mostInFinding = 1024

/** What happened to an object, in the words of the metric. */
const eventOf: Readonly<Record<Change<Meta>['type'], ObjectEvent>> = {
  added: 'add',
  modified: 'update',
  deleted: 'delete',
}

export interface ScopeOptions {
  readonly role: Role<RoleName>
  readonly feeds: Feeds
  readonly lookups: Lookups
  readonly metrics: KubernetesMetrics
  readonly logger: Logger
}

/**
 * The groups of one namespace, or of all. It waits until every feed has all its objects; from then on it
 * knows which groups have to be made again when one of them changes.
 */
export class Scope {
  readonly #options: ScopeOptions
  readonly #own: Feed<ObjectOf[RoleName]>
  /** The kinds of which not everything is known yet. */
  readonly #awaited: Set<string>
  /** No group has been made yet, and so all have to be. */
  #isFresh = true
  /** The objects whose groups have to be made, each of them once. */
  readonly #dirty = new Set<string>()

  constructor(options: ScopeOptions) {
    this.#options = options
    // The feed of a role's kind has the objects that it takes.
    this.#own = options.feeds[options.role.kind] as Feed<ObjectOf[RoleName]>
    this.#awaited = new Set(Object.keys(options.feeds))
    this.#buildIndexes()
  }

  /** Every feed has all its objects. */
  get isSynced(): boolean {
    return this.#awaited.size === 0
  }

  /** There are groups to make. */
  get isDirty(): boolean {
    return this.#isFresh || this.#dirty.size > 0
  }

  /** The feed of this kind has all its objects. */
  synced(kind: Kind): void {
    const { feeds, role } = this.#options
    if (!this.#awaited.delete(kind)) return
    if (kind === role.kind || kind === 'service') {
      this.#count(kind, 'add', feeds[kind]?.store.size ?? 0)
    }
  }

  /** Objects of this kind have changed, and the store with them. */
  changed(kind: Kind, changes: readonly Change<Meta>[]): void {
    const { role } = this.#options
    for (const change of changes) {
      const { type, object } = change
      if (
        kind === role.kind ||
        kind === 'service' ||
        // Of pods that are looked up Prometheus counts these alone.
        (kind === 'pod' && type === 'modified')
      ) {
        this.#count(kind, eventOf[type], 1)
      }
      if (!this.isSynced) continue
      if (kind === role.kind) this.#dirty.add(keyOf(object))
      else if (!isForNothing(kind, change)) this.#touch(kind, keyOf(object))
    }
  }

  /** Makes the groups that have to be made, some at a time. */
  *groups(): Steps<void, readonly TargetGroup[]> {
    let groups: TargetGroup[] = []
    let size = 0
    // What becomes dirty meanwhile comes at the end.
    for (const key of this.#toMake()) {
      const group = this.#groupOf(key)
      if (group !== undefined) {
        groups.push(group)
        size += 1 + group.targets.length
      }
      if (size < mostInFinding) yield
      else {
        yield groups
        groups = []
        size = 0
      }
    }
    if (groups.length > 0) yield groups
  }

  /** The keys of the objects whose groups have to be made, also of those that change meanwhile. */
  *#toMake(): Generator<string, void, undefined> {
    if (this.#isFresh) {
      this.#isFresh = false
      // One by one: to name all of them beforehand would hold the event loop.
      for (const object of this.#own.store.values()) {
        const key = keyOf(object)
        this.#dirty.delete(key)
        yield key
      }
    }
    for (const key of this.#dirty) {
      this.#dirty.delete(key)
      yield key
    }
  }

  /** An index that is asked for before there are objects is built as they come, not in one long turn. */
  #buildIndexes(): void {
    const { role, feeds } = this.#options
    for (const [kind, index] of Object.entries(role.names)) {
      if (kind in feeds) this.#own.store.by(index, '')
    }
    if (feeds.replicaset !== undefined) feeds.pod?.store.by(replicaSetOfPod, '')
    if (feeds.job !== undefined) feeds.pod?.store.by(jobOfPod, '')
  }

  #groupOf(key: string): TargetGroup | undefined {
    const { role, lookups, logger } = this.#options
    const object = this.#own.store.get(key)
    if (object === undefined) return emptyGroup(role.prefix + key)
    const warning = role.warning?.(object)
    if (warning !== undefined) logger.warn(warning, { [role.kind]: key })
    return role.group(object, lookups)
  }

  /** An object that others may name has changed. */
  #touch(kind: Kind, key: string): void {
    const { role, feeds } = this.#options
    const { names } = role
    const index = names[kind]
    if (index !== undefined) {
      for (const object of this.#own.store.by(index, key)) this.#dirty.add(keyOf(object))
      return
    }
    // What owns a pod is named by the pod alone.
    const ownerOf = kind === 'replicaset' ? replicaSetOfPod : jobOfPod
    const pods: Iterable<Pod> = feeds.pod?.store.by(ownerOf, key) ?? []
    for (const pod of pods) this.#touch('pod', keyOf(pod))
  }

  #count(kind: Kind, event: ObjectEvent, times: number): void {
    const { role, metrics } = this.#options
    if (kind === role.kind || kind === 'service' || kind === 'pod')
      metrics.count(kind, event, times)
  }
}

/** Whether a change is one of what no group has labels of, such as the heartbeat of a node. */
function isForNothing(kind: Kind, { object, before }: Change<Meta>): boolean {
  if (before === undefined) return false
  switch (kind) {
    case 'node':
    case 'namespace':
      return (
        samePairs(before.labels, object.labels) && samePairs(before.annotations, object.annotations)
      )
    case 'replicaset':
    case 'job':
      return isDeepStrictEqual(before.owners, object.owners)
    case 'pod':
    case 'service':
    case 'endpoints':
    case 'endpointslice':
    case 'ingress':
      return isDeepStrictEqual(
        { ...before, resourceVersion: '' },
        { ...object, resourceVersion: '' },
      )
  }
}

function samePairs(a: Pairs, b: Pairs): boolean {
  return a.length === b.length && a.every((text, at) => text === b[at])
}
