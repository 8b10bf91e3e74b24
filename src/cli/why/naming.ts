import { type Labels, labelValue } from '../../labels/index.js'

/**
 * Whether a target goes by an address: one of its labels is the address, or it stands there or at
 * `instance` with a port.
 */
export function goesBy(address: string, ...sets: readonly (Labels | undefined)[]): boolean {
  return sets.some((labels = {}) => {
    if (Object.values(labels).includes(address)) return true
    return ['__address__', 'instance'].some((name) => {
      const value = labelValue(labels, name)
      return value.startsWith(address) && /^:[0-9]+$/.test(value.slice(address.length))
    })
  })
}
