import type { Type } from '../../yaml/index.js'
import type { Mechanism } from '../mechanism.js'

/** A config names a mechanism that muster can read but not run. */
export class UnbuiltMechanismError extends Error {
  override readonly name = 'UnbuiltMechanismError'
  readonly code = 'ERR_MECHANISM_UNBUILT'
  /** `kubernetes`. */
  readonly mechanism: string

  constructor(mechanism: string) {
    super(
      `${mechanism}_sd_configs: muster does not run this mechanism yet; it finds no targets, and ` +
        'everything else in the config runs. Prometheus can hand its targets on by http_sd or file_sd.',
    )
    this.mechanism = mechanism
  }
}

/** A mechanism whose section is read and checked as Prometheus does, and whose provider fails. */
export function unbuilt<C>(name: string, section: Type<C>): Mechanism<C> {
  return {
    name,
    key: `${name}_sd_configs`,
    section,
    create() {
      throw new UnbuiltMechanismError(name)
    },
  }
}
