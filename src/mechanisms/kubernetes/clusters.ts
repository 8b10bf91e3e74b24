import { filter, finalize, map, Observable, type SchedulerLike, type Subscription } from 'rxjs'
import type { HttpClient } from '../../http/index.js'
import type { Logger } from '../../telemetry/index.js'
import { RequestPool } from '../../waiting/request-pool.js'
import type { Turns } from '../../waiting/turns.js'
import { sameConfig } from '../../yaml/index.js'
import { type Authorization, KubernetesApi } from './feed/api.js'
import type { Cluster, Feed, FeedEvent, Query } from './cluster.js'
import { type Resource, resources } from './decode/picker.js'
import { Strings } from './decode/strings.js'
import { SharedFeed, type FeedOptions, StreamingLists } from './feed/feed.js'
import { inBackground } from './feed/in-background.js'
import type { Kind, Meta, ObjectOf } from './objects.js'
import { type RequestOptions, Requests } from './feed/requests.js'
import { NamespaceView } from './feed/store.js'

/** What a cluster is made of. */
export interface ClusterOptions {
  /** Sends the requests; the one who made it closes it. */
  readonly client: HttpClient
  /** `https://10.0.0.1:6443`, with a path where the server has one. */
  readonly server: string
  /** The `Authorization` of requests, where the client does not know it itself. */
  readonly authorization?: Authorization | undefined
  readonly scheduler: SchedulerLike
  /** A number in [0, 1), for jitter. */
  readonly random: () => number
  readonly turns: Turns
  readonly logger: Logger
  /** How much one answer may make, in the weight of JSON values: see `mostWeight` of the kit. */
  readonly maxWeight: number
  /** A list or a watch failed. Once for each failure, however many share the feed. */
  readonly countFailure?: () => void
}

/** A cluster that can be let go of. */
export interface OpenCluster extends Cluster {
  /** Frees what feeds without subscribers still know. */
  close(): void
}

/** Makes a cluster; it asks nothing before a feed has a subscriber. */
export function createCluster(options: ClusterOptions): OpenCluster {
  return new FeedSet(options)
}

class FeedSet implements OpenCluster {
  readonly requests: Observable<void>
  readonly #feedOptions: FeedOptions
  readonly #requestOptions: RequestOptions
  readonly #feeds = new Map<string, { close(): void }>()

  constructor(options: ClusterOptions) {
    const { scheduler, random, turns, logger, maxWeight } = options
    const { countFailure = () => undefined } = options
    const api = new KubernetesApi(options)
    this.requests = api.requests
    this.#requestOptions = { api, scheduler, turns, strings: new Strings(), maxWeight }
    this.#feedOptions = {
      scheduler,
      random,
      turns,
      logger,
      relists: new RequestPool(1),
      streaming: new StreamingLists(),
      countFailure,
    }
  }

  feed<K extends Kind>(query: Query<K>): Feed<ObjectOf[K]> {
    if (query.namespace !== '') {
      const wide = this.#known({ ...query, namespace: '' })
      if (wide?.isWell === true) return viewOf(wide, query.namespace)
    }
    return this.#known(query) ?? this.#make(query)
  }

  close(): void {
    for (const feed of this.#feeds.values()) feed.close()
  }

  #known<K extends Kind>(query: Query<K>): SharedFeed<ObjectOf[K]> | undefined {
    // The key has the kind, so that what is found is of that kind.
    return this.#feeds.get(keyOf(query)) as SharedFeed<ObjectOf[K]> | undefined
  }

  #make<K extends Kind>(query: Query<K>): SharedFeed<ObjectOf[K]> {
    const key = keyOf(query)
    const versions: readonly Resource<ObjectOf[K]>[] = resources[query.kind]
    const requests = new Requests<ObjectOf[K]>(query, versions, this.#requestOptions)
    const feed = new SharedFeed<ObjectOf[K]>(requests, this.#feedOptions, () => {
      if (this.#feeds.get(key) === feed) this.#feeds.delete(key)
    })
    this.#feeds.set(key, feed)
    return feed
  }
}

function keyOf({ kind, namespace, labelSelector, fieldSelector }: Query): string {
  return JSON.stringify([kind, namespace, labelSelector, fieldSelector])
}

/** What a feed of all namespaces says of one of them. */
function viewOf<O extends Meta>(feed: SharedFeed<O>, namespace: string): Feed<O> {
  return {
    store: new NamespaceView(feed.store, namespace),
    events: feed.events.pipe(
      map((event): FeedEvent<O> => {
        if (event.type !== 'changes') return event
        const changes = event.changes.filter(({ object }) => object.namespace === namespace)
        return { type: 'changes', changes }
      }),
      filter((event) => event.type !== 'changes' || event.changes.length > 0),
    ),
  }
}

/** How long a cluster without users is kept, so that a reload does not list again; milliseconds. */
const lingerMs = 30_000

/** What a cluster is reached by, and what there is to close at its end. */
export interface Connection {
  readonly cluster: OpenCluster
  /** Frees connections and what else there is. */
  readonly close: () => Promise<void>
}

interface InUse {
  readonly identity: unknown
  readonly connection: Connection
  users: number
  closing: Subscription | undefined
}

/** Shares clusters among discoverers: one for each server and user, while it is in use and for 30 seconds longer. */
export class Clusters {
  readonly #scheduler: SchedulerLike
  readonly #inUse = new Set<InUse>()

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler
  }

  /**
   * What is made of a cluster, which stays open while there is a subscriber.
   * @param identity what decides which cluster it is and as which user: equal ones, by value, share it
   * @param connect makes it, where there is none
   */
  use<T>(
    identity: unknown,
    connect: () => Connection,
    work: (cluster: Cluster) => Observable<T>,
  ): Observable<T> {
    return new Observable((subscriber) => {
      const inUse = this.#acquire(identity, connect)
      return work(inUse.connection.cluster)
        .pipe(finalize(() => this.#release(inUse)))
        .subscribe(subscriber)
    })
  }

  #acquire(identity: unknown, connect: () => Connection): InUse {
    const known = [...this.#inUse].find((one) => sameConfig(one.identity, identity))
    const inUse = known ?? { identity, connection: connect(), users: 0, closing: undefined }
    this.#inUse.add(inUse)
    inUse.users += 1
    inUse.closing?.unsubscribe()
    inUse.closing = undefined
    return inUse
  }

  #release(inUse: InUse): void {
    inUse.users -= 1
    if (inUse.users > 0) return
    inUse.closing = inBackground(this.#scheduler, lingerMs, () => {
      this.#inUse.delete(inUse)
      inUse.connection.cluster.close()
      // Every request was aborted before: closing frees idle connections, and there is nothing to do
      // about one that fails.
      inUse.connection.close().catch(() => undefined)
    })
  }
}
