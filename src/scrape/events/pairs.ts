import type { Target } from '../target.js'
import type { Delta } from './delta.js'

/** What of one change only looks like coming and going. */
export interface Pairs {
  /** For a target that came, the one that it was before: another one, or one with the same labels. */
  readonly came: ReadonlyMap<Target, Target>
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
  const pairing = new Pairing()
  const isMixed =
    deltas.some(({ gone }) => gone.length > 0) && deltas.some(({ added }) => added.length > 0)
  if (!isMixed) return pairing
  for (const delta of deltas) {
    const [gone, added] = [oldOf(delta), newOf(delta)]
    // Nearly always a group names its targets in the same order again.
    for (let i = 0; i < Math.max(gone.length, added.length); i += 1) {
      if (i % stride === stride - 1) yield
      const [old, target] = [gone[i], added[i]]
      if (old !== undefined && target !== undefined && isSame(old, target))
        pairing.pair(old, target)
      else {
        if (old !== undefined) pairing.wait(old)
        if (target !== undefined) pairing.left.push(target)
      }
    }
  }
  for (const [i, target] of pairing.left.entries()) {
    if (i % stride === stride - 1) yield
    pairing.find(target)
  }
  return pairing
}

class Pairing implements Pairs {
  readonly came: Map<Target, Target> = new Map()
  readonly went: Set<Target> = new Set()
  /** Targets that came, for which none was found yet. */
  readonly left: Target[] = []
  readonly #waiting: Map<string, Target[]> = new Map()

  pair(old: Target, target: Target): void {
    this.came.set(target, old)
    this.went.add(old)
  }

  /** One that went waits to be found. */
  wait(old: Target): void {
    const identity = identityOf(old)
    const known = this.#waiting.get(identity)
    if (known === undefined) this.#waiting.set(identity, [old])
    else known.push(old)
  }

  find(target: Target): void {
    if (this.#waiting.size === 0) return
    const candidates = this.#waiting.get(identityOf(target))
    if (candidates === undefined) return
    const same = candidates.slice(-maxCompared).find((old) => old.is(target.list, target.values))
    const old = same ?? candidates.at(-1)
    if (old === undefined) return
    candidates.splice(candidates.lastIndexOf(old), 1)
    this.pair(old, target)
  }
}

function oldOf({ before, gone }: Delta): readonly (Target | undefined)[] {
  return gone.map((index) => before?.state.active[index])
}

function newOf({ after, added }: Delta): readonly (Target | undefined)[] {
  return added.map((index) => after?.state.active[index])
}

function isSame(a: Target, b: Target): boolean {
  return (
    a.value('instance') === b.value('instance') && a.value('__address__') === b.value('__address__')
  )
}

function identityOf(target: Target): string {
  return `${target.value('instance')}\n${target.value('__address__')}`
}
