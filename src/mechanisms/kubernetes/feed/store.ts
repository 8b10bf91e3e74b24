import type { ObjectStore } from '../cluster.js'
import type { Meta } from '../objects.js'

/** Gives the keys under which an object is found, such as the node of a pod. */
export type Index<O> = (object: O) => readonly string[]

/** What is under one key: mostly one object, and then no set is made for it. */
type Entry<O> = O | Set<O>

/** Compact: an object is found by its namespace and its name, which it has itself, without a key of its own. */
export class Store<O extends Meta> implements ObjectStore<O> {
  readonly #namespaces = new Map<string, Map<string, O>>()
  readonly #indexes = new Map<Index<O>, Map<string, Entry<O>>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  get(key: string): O | undefined {
    const slash = key.indexOf('/')
    return slash < 0 ? this.find('', key) : this.find(key.slice(0, slash), key.slice(slash + 1))
  }

  find(namespace: string, name: string): O | undefined {
    return this.#namespaces.get(namespace)?.get(name)
  }

  *values(): Generator<O, undefined, unknown> {
    for (const objects of this.#namespaces.values()) yield* objects.values()
    return undefined
  }

  /** The objects of one namespace. */
  in(namespace: string): ReadonlyMap<string, O> {
    return this.#namespaces.get(namespace) ?? none
  }

  by(index: Index<O>, key: string): Iterable<O> {
    let entries = this.#indexes.get(index)
    if (entries === undefined) {
      this.#indexes.set(index, (entries = new Map()))
      for (const object of this.values()) addTo(entries, index, object)
    }
    const entry = entries.get(key)
    if (entry === undefined) return []
    return entry instanceof Set ? entry : [entry]
  }

  /** Puts an object in, in place of one with its name. @returns that one */
  set(object: O): O | undefined {
    const { namespace, name } = object
    let objects = this.#namespaces.get(namespace)
    if (objects === undefined) this.#namespaces.set(namespace, (objects = new Map()))
    const before = objects.get(name)
    objects.set(name, object)
    if (before === undefined) this.#size += 1
    for (const [index, entries] of this.#indexes) {
      if (before !== undefined) removeFrom(entries, index, before)
      addTo(entries, index, object)
    }
    return before
  }

  /** Takes an object out. @returns the one that was there */
  delete(namespace: string, name: string): O | undefined {
    const objects = this.#namespaces.get(namespace)
    const before = objects?.get(name)
    if (objects === undefined || before === undefined) return undefined
    objects.delete(name)
    if (objects.size === 0) this.#namespaces.delete(namespace)
    this.#size -= 1
    for (const [index, entries] of this.#indexes) removeFrom(entries, index, before)
    return before
  }

  clear(): void {
    this.#namespaces.clear()
    for (const entries of this.#indexes.values()) entries.clear()
    this.#size = 0
  }
}

const none: ReadonlyMap<string, never> = new Map<string, never>()

function addTo<O extends object>(entries: Map<string, Entry<O>>, index: Index<O>, object: O): void {
  for (const key of index(object)) {
    const entry = entries.get(key)
    if (entry === undefined) entries.set(key, object)
    else if (entry instanceof Set) entry.add(object)
    else if (entry !== object) entries.set(key, new Set([entry, object]))
  }
}

function removeFrom<O extends object>(
  entries: Map<string, Entry<O>>,
  index: Index<O>,
  object: O,
): void {
  for (const key of index(object)) {
    const entry = entries.get(key)
    if (entry instanceof Set) {
      entry.delete(object)
      if (entry.size === 0) entries.delete(key)
    } else if (entry === object) entries.delete(key)
  }
}

/** What a store for all namespaces has of one of them. */
export class NamespaceView<O extends Meta> implements ObjectStore<O> {
  readonly #store: Store<O>
  readonly #namespace: string

  constructor(store: Store<O>, namespace: string) {
    this.#store = store
    this.#namespace = namespace
  }

  get size(): number {
    return this.#store.in(this.#namespace).size
  }

  get(key: string): O | undefined {
    const object = this.#store.get(key)
    return object?.namespace === this.#namespace ? object : undefined
  }

  values(): IterableIterator<O> {
    return this.#store.in(this.#namespace).values()
  }

  *by(index: Index<O>, key: string): Generator<O, void, undefined> {
    for (const object of this.#store.by(index, key)) {
      if (object.namespace === this.#namespace) yield object
    }
  }
}
