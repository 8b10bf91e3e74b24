import type { NameList } from '../../relabel/index.js'
import type { Target } from './target.js'

// Many small maps instead of a large one: a map of a million grows in one step that takes too long.
const shardCount = 256
// With more targets of one instance than this, their labels are put in a map of their own.
const maxBucket = 16

type Bucket = Target | Target[] | Map<string, Target>

/**
 * Finds targets by their labels. The key is the `instance` label, which nearly always tells targets
 * apart; the few that share one are compared.
 */
export class TargetIndex {
  readonly #shards: Map<string, Bucket>[] = Array.from({ length: shardCount }, () => new Map())

  /** The target with these labels, made and added if there is none. */
  obtain(instance: string, list: NameList, values: readonly string[], make: () => Target): Target {
    const shard = this.#shardOf(instance)
    const bucket = shard.get(instance)
    const known = bucket === undefined ? undefined : findIn(bucket, list, values)
    if (known !== undefined) return known
    const target = make()
    if (bucket === undefined) shard.set(instance, target)
    else if (bucket instanceof Map) bucket.set(keyOf(target), target)
    else if (!Array.isArray(bucket)) shard.set(instance, [bucket, target])
    else if (bucket.length < maxBucket) bucket.push(target)
    else shard.set(instance, new Map([...bucket, target].map((one) => [keyOf(one), one])))
    return target
  }

  remove(instance: string, target: Target): void {
    const shard = this.#shardOf(instance)
    const bucket = shard.get(instance)
    if (bucket instanceof Map) {
      bucket.delete(keyOf(target))
      if (bucket.size === 0) shard.delete(instance)
    } else if (Array.isArray(bucket)) {
      const left = bucket.filter((one) => one !== target)
      const [first] = left
      if (left.length === 1 && first !== undefined) shard.set(instance, first)
      else shard.set(instance, left)
    } else shard.delete(instance)
  }

  #shardOf(instance: string): Map<string, Bucket> {
    const { length } = instance
    let hash = length
    for (let i = Math.max(0, length - 12); i < length; i += 1) {
      hash = (Math.imul(hash, 31) + instance.charCodeAt(i)) | 0
    }
    hash ^= hash >>> 15
    return this.#shards[(hash ^ (hash >>> 8)) & (shardCount - 1)] ?? new Map()
  }
}

function findIn(bucket: Bucket, list: NameList, values: readonly string[]): Target | undefined {
  if (bucket instanceof Map) return bucket.get(fullKey(list.names, values))
  if (Array.isArray(bucket)) return bucket.find((target) => target.is(list, values))
  return bucket.is(list, values) ? bucket : undefined
}

function keyOf(target: Target): string {
  return fullKey(target.list.names, target.values)
}

function fullKey(names: readonly string[], values: readonly string[]): string {
  return JSON.stringify([names, values])
}
