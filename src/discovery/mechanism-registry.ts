import { MechanismError } from './errors.js'
import type { Mechanism } from './mechanism.js'

/** The mechanisms a config may use. A value to pass around: there is no global one. */
export class MechanismRegistry implements Iterable<Mechanism> {
  readonly #byKey = new Map<string, Mechanism>()

  /** @throws {MechanismError} when two share a name or a key, or a name cannot be used */
  constructor(mechanisms: Iterable<Mechanism>) {
    const names = new Set<string>()
    for (const mechanism of mechanisms) {
      const { name, key } = mechanism
      if (!/^[a-zA-Z0-9_-]+$/.test(name)) {
        throw new MechanismError(
          `mechanism name ${JSON.stringify(name)}: use letters, digits, _, -`,
        )
      }
      if (names.has(name)) throw new MechanismError(`mechanism ${name} is there twice`)
      if (this.#byKey.has(key)) throw new MechanismError(`config key ${key} is there twice`)
      names.add(name)
      this.#byKey.set(key, mechanism)
    }
  }

  /** The mechanism behind a key such as `consul_sd_configs`. */
  get(key: string): Mechanism | undefined {
    return this.#byKey.get(key)
  }

  [Symbol.iterator](): Iterator<Mechanism> {
    return this.#byKey.values()
  }
}
