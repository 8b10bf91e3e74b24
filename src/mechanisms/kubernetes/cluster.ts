import type { Observable } from 'rxjs'
import type { Trouble } from '../../discovery/index.js'
import type { Kind, ObjectOf } from './objects.js'

/** Which objects a feed follows. Equal queries of one cluster share one feed: one list and one watch. */
export interface Query<K extends Kind = Kind> {
  readonly kind: K
  /** Empty: all namespaces, or a kind that has none. */
  readonly namespace: string
  readonly labelSelector: string
  readonly fieldSelector: string
}

/** One object came, changed or went. */
export interface Change<O> {
  readonly type: 'added' | 'modified' | 'deleted'
  /** As it is now; of one that went, as it was last. */
  readonly object: O
  /** As it was before; of one that was modified. */
  readonly before?: O
}

/** What a feed says, in order. */
export type FeedEvent<O> =
  /** The store holds everything there is: once for each subscriber, at once where it is so already. */
  | { readonly type: 'synced' }
  /** The store has changed already. Never before `synced`. A relist tells of what it found changed alone. */
  | { readonly type: 'changes'; readonly changes: readonly Change<O>[] }
  /** A list or watch failed and is tried again; null: all is well again. What the store holds stays. */
  | { readonly type: 'trouble'; readonly trouble: Trouble | null }

/** The objects a feed knows, by `namespace/name`, or `name` where there is no namespace. */
export interface ObjectStore<O> {
  readonly size: number
  get(key: string): O | undefined
  values(): IterableIterator<O>
  /**
   * The objects under one key of an index, which is built at its first use and kept from then on: one that is
   * used before the feed is synced costs nothing extra.
   * @param index the same function each time: gives the keys of an object, such as the node of a pod
   */
  by(index: (object: O) => readonly string[], key: string): Iterable<O>
}

/** One list and watch, for everyone who asks the same. */
export interface Feed<O> {
  readonly store: ObjectStore<O>
  /**
   * It lists and watches while there are subscribers. What it knows is kept for 30 seconds after the last one
   * left: the next one gets it at once, and the watch goes on from there.
   */
  readonly events: Observable<FeedEvent<O>>
}

/** The objects of one cluster, as one user sees them. */
export interface Cluster {
  /**
   * The feed of a query. Objects of one namespace are taken from a feed of all namespaces, filtered, where such a
   * one with the same selectors is running and well.
   */
  feed<K extends Kind>(query: Query<K>): Feed<ObjectOf[K]>
  /** Emits for each request that is sent, for all its users. */
  readonly requests: Observable<void>
}

/** How an API server is reached: what a kubeconfig, a service account or `api_server` comes to. */
export interface Access {
  /** `https://10.0.0.1:6443`, with a path where the server has one. */
  readonly server: string
  /** The namespace muster itself runs in, for `own_namespace`; undefined where it is not known. */
  readonly ownNamespace: string | undefined
}
