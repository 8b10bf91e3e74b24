import type { Target } from '../target.js'
import type { Delta } from './delta.js'

/** A target of a delta that was active before. */
export interface Old {
  readonly delta: Delta
  /** Position in the active targets before. */
  readonly index: number
  readonly target: Target
}

/** What of one change only looks like coming and going. */
export interface Pairs {
  /** For a target that came, the one that it was before: another one, or one with the same labels. */
  readonly came: ReadonlyMap<Target, Old>
  /** The targets that went into such a pair. */
  readonly went: ReadonlySet<Target>
}

const stride = 256
// Of targets that share instance and address so many are compared.
const maxCompared = 16

/**
 * Finds the targets that went and came again within one change: with the same labels, when they moved
 * to another group, or with others. A target is the same one by its `instance` and address.
 */
export function* pairsOf(deltas: readonly Delta[]): Generator<void, Pairs> {
  const came = new Map<Target, Old>()
  const went = new Set<Target>()
  const isMixed =
    deltas.some(({ gone }) => gone.length > 0) && deltas.some(({ added }) => added.length > 0)
  if (!isMixed) return { came, went }
  const left = yield* collectGone(deltas)
  let count = 0
  for (const { after, added } of deltas) {
    for (const index of added) {
      count += 1
      if (count % stride === 0) yield
      const target = after?.state.active[index]
      const candidates = target === undefined ? undefined : left.get(identityOf(target))
      if (target === undefined || candidates === undefined) continue
      const same = candidates
        .slice(-maxCompared)
        .find((old) => old.target.is(target.list, target.values))
      const old = same ?? candidates.at(-1)
      if (old === undefined) continue
      candidates.splice(candidates.lastIndexOf(old), 1)
      came.set(target, old)
      went.add(old.target)
    }
  }
  return { came, went }
}

function* collectGone(deltas: readonly Delta[]): Generator<void, Map<string, Old[]>> {
  const left = new Map<string, Old[]>()
  let count = 0
  for (const delta of deltas) {
    for (const index of delta.gone) {
      count += 1
      if (count % stride === 0) yield
      const target = delta.before?.state.active[index]
      if (target === undefined) continue
      const identity = identityOf(target)
      const known = left.get(identity)
      if (known === undefined) left.set(identity, [{ delta, index, target }])
      else known.push({ delta, index, target })
    }
  }
  return left
}

function identityOf(target: Target): string {
  return `${target.value('instance')}\n${target.value('__address__')}`
}
