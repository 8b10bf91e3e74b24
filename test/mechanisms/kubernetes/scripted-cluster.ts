import { Observable, Subject } from 'rxjs'
import type { Trouble } from '../../../src/discovery/index.js'
import type {
  Change,
  Cluster,
  Feed,
  FeedEvent,
  ObjectStore,
  Query,
} from '../../../src/mechanisms/kubernetes/cluster.js'
import type { Kind, Meta, ObjectOf } from '../../../src/mechanisms/kubernetes/objects.js'
import { keyOf } from '../../../src/mechanisms/kubernetes/roles/lookups.js'

type Index<O> = (object: O) => readonly string[]

class ScriptedStore<O extends Meta> implements ObjectStore<O> {
  readonly objects = new Map<string, O>()
  readonly indexes = new Set<Index<O>>()

  get size(): number {
    return this.objects.size
  }

  get(key: string): O | undefined {
    return this.objects.get(key)
  }

  values(): IterableIterator<O> {
    return this.objects.values()
  }

  *by(index: Index<O>, key: string): Iterable<O> {
    this.indexes.add(index)
    for (const object of this.objects.values()) if (index(object).includes(key)) yield object
  }
}

/** A feed that says what the test says. */
export class ScriptedFeed<O extends Meta> implements Feed<O> {
  readonly store = new ScriptedStore<O>()
  readonly #events = new Subject<FeedEvent<O>>()
  #isSynced = false

  readonly events = new Observable<FeedEvent<O>>((subscriber) => {
    if (this.#isSynced) subscriber.next({ type: 'synced' })
    return this.#events.subscribe(subscriber)
  })

  get followers(): number {
    return this.#events.observed ? 1 : 0
  }

  /** Everything is there. */
  sync(...objects: readonly O[]): void {
    for (const object of objects) this.store.objects.set(keyOf(object), object)
    this.#isSynced = true
    this.#events.next({ type: 'synced' })
  }

  /** These have come or changed, and what has these keys has gone, all at once. */
  change(objects: readonly O[], gone: readonly string[] = []): void {
    const changes: Change<O>[] = []
    for (const object of objects) {
      const before = this.store.objects.get(keyOf(object))
      this.store.objects.set(keyOf(object), object)
      changes.push(
        before === undefined ? { type: 'added', object } : { type: 'modified', object, before },
      )
    }
    for (const key of gone) {
      const object = this.store.objects.get(key)
      this.store.objects.delete(key)
      if (object !== undefined) changes.push({ type: 'deleted', object })
    }
    this.#events.next({ type: 'changes', changes })
  }

  trouble(trouble: Trouble | null): void {
    this.#events.next({ type: 'trouble', trouble })
  }

  fail(error: unknown): void {
    this.#events.error(error)
  }
}

/** A cluster whose feeds say what the test says. */
export class ScriptedCluster implements Cluster {
  readonly queries: Query[] = []
  readonly requests = new Subject<void>()
  readonly #feeds = new Map<string, ScriptedFeed<Meta>>()

  feed<K extends Kind>(query: Query<K>): Feed<ObjectOf[K]> {
    if (!this.#feeds.has(nameOf(query))) this.queries.push(query)
    return this.of(query.kind, query.namespace)
  }

  /** The feed of a kind in a namespace. */
  of<K extends Kind>(kind: K, namespace = ''): ScriptedFeed<ObjectOf[K]> {
    const name = nameOf({ kind, namespace })
    const feed = this.#feeds.get(name) ?? new ScriptedFeed<Meta>()
    this.#feeds.set(name, feed)
    return feed as unknown as ScriptedFeed<ObjectOf[K]>
  }

  /** Every feed that was asked for has all it has. */
  syncAll(): void {
    for (const feed of this.#feeds.values()) feed.sync()
  }

  /** How many feeds have a subscriber. */
  get followed(): number {
    return [...this.#feeds.values()].filter(({ followers }) => followers > 0).length
  }
}

function nameOf({ kind, namespace }: Pick<Query, 'kind' | 'namespace'>): string {
  return `${kind} ${namespace}`
}
