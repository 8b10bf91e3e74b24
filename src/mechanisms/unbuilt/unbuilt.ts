import type { Type } from '../../yaml/index.js'
import type { Mechanism } from '../../discovery/mechanism.js'

/** A config names a mechanism that muster can read but not run. */
export class UnbuiltMechanismError extends Error {
  override readonly name = 'UnbuiltMechanismError'
  readonly code = 'ERR_MECHANISM_UNBUILT'
  /** `kubernetes`. */
  readonly mechanism: string

  constructor(mechanism: string) {
    super(
      `${mechanism}_sd_configs: muster does not run this mechanism yet; it finds no targets, and ` +
        'everything else in the config runs. Until then bring them by file_sd_configs or http_sd_configs.',
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
