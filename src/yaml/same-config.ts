import { Secret } from './types/secret.js'

/**
 * Whether two decoded configs are the same, secrets and resolved paths included: what decides
 * whether something keeps running over a reload (reflect.DeepEqual in Prometheus).
 */
export function sameConfig(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a instanceof Secret || b instanceof Secret) {
    return a instanceof Secret && b instanceof Secret && a.reveal() === b.reveal()
  }
  if (Array.isArray(a) !== Array.isArray(b)) return false
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  const left = Object.entries(a)
  if (left.length !== Object.keys(b).length) return false
  const right: ReadonlyMap<string, unknown> = new Map(Object.entries(b))
  return left.every(([key, value]) => right.has(key) && sameConfig(value, right.get(key)))
}
