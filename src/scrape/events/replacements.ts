import type { Target } from '../targets/target.js'
import type { GroupDiff } from './group-diff.js'
import type { Steps } from '../../waiting/turns.js'

/** The targets of a change that were removed and added again, in another group or with other labels. */
export interface Replacements {
  /** For an added target the removed one that it replaces. */
  readonly replaces: ReadonlyMap<Target, Target>
  /** The removed targets that are replaced. */
  readonly replaced: ReadonlySet<Target>
}

// How many targets are looked at between two chances to stop for a while.
const stride = 256
// Of the targets that share instance and address no more than these are compared.
const maxCompared = 16

/**
 * Finds the targets that were removed and added again within one change: with the same labels, when
 * they moved to another group, or with others. A target is the same one by its `instance` and address.
 */
export function* findReplacements(diffs: readonly GroupDiff[]): Steps<Replacements> {
  const search = new ReplacementSearch()
  const isMixed =
    diffs.some(({ removed }) => removed.length > 0) && diffs.some(({ added }) => added.length > 0)
  if (!isMixed) return search
  for (const diff of diffs) {
    const [removed, added] = [removedTargets(diff), addedTargets(diff)]
    // Nearly always a group names its targets in the same order again.
    for (let i = 0; i < Math.max(removed.length, added.length); i += 1) {
      if (i % stride === stride - 1) yield
      const [old, target] = [removed[i], added[i]]
      if (old !== undefined && target !== undefined && isSame(old, target)) {
        search.replace(old, target)
      } else {
        if (old !== undefined) search.addRemoved(old)
        if (target !== undefined) search.unmatched.push(target)
      }
    }
  }
  for (const [i, target] of search.unmatched.entries()) {
    if (i % stride === stride - 1) yield
    search.match(target)
  }
  return search
}

class ReplacementSearch implements Replacements {
  readonly replaces: Map<Target, Target> = new Map()
  readonly replaced: Set<Target> = new Set()
  /** Added targets for which no removed one was found yet. */
  readonly unmatched: Target[] = []
  /** Removed targets that no added one was found for yet, by identity. */
  readonly #removed: Map<string, Target[]> = new Map()

  replace(old: Target, target: Target): void {
    this.replaces.set(target, old)
    this.replaced.add(old)
  }

  addRemoved(old: Target): void {
    const identity = identityOf(old)
    const known = this.#removed.get(identity)
    if (known === undefined) this.#removed.set(identity, [old])
    else known.push(old)
  }

  match(target: Target): void {
    if (this.#removed.size === 0) return
    const candidates = this.#removed.get(identityOf(target))
    if (candidates === undefined) return
    const same = candidates.slice(-maxCompared).find((old) => old.is(target.list, target.values))
    const old = same ?? candidates.at(-1)
    if (old === undefined) return
    candidates.splice(candidates.lastIndexOf(old), 1)
    this.replace(old, target)
  }
}

function removedTargets({ before, removed }: GroupDiff): readonly (Target | undefined)[] {
  return removed.map((index) => before?.active[index])
}

function addedTargets({ after, added }: GroupDiff): readonly (Target | undefined)[] {
  return added.map((index) => after?.active[index])
}

function isSame(a: Target, b: Target): boolean {
  return (
    a.value('instance') === b.value('instance') && a.value('__address__') === b.value('__address__')
  )
}

function identityOf(target: Target): string {
  return `${target.value('instance')}\n${target.value('__address__')}`
}
