import type { Type } from '../../yaml/index.js'
import type { MechanismFactory } from './mechanism.js'

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

/** A mechanism of which only the section is known. */
export interface Unbuilt<C> {
  /** `kubernetes`; the key of its list is `kubernetes_sd_configs`. */
  readonly name: string
  readonly section: Type<C>
}

/**
 * Makes a mechanism whose section is read and checked as Prometheus does, and whose provider fails with
 * {@link UnbuiltMechanismError}. `polled` takes the same two members and what finds the targets.
 */
export function unbuilt<C>({ name, section }: Unbuilt<C>): MechanismFactory {
  return () => ({
    name,
    key: `${name}_sd_configs`,
    section,
    unbuilt: true,
    create() {
      throw new UnbuiltMechanismError(name)
    },
  })
}
