import type { Finding, Trouble } from '../../discovery/mechanism.js'
import type { Logger } from '../../telemetry/index.js'
import { errorText } from '../../telemetry/error-text.js'
import type { Query } from './cluster.js'
import { feedError } from './feed-error.js'

interface Failing {
  readonly query: Query
  readonly trouble: Trouble
}

/** Which feeds of a discoverer fail, for its log and its provider's health. */
export class Troubles {
  readonly #logger: Logger
  /** By what they follow; the one that has failed longest first. */
  readonly #failing = new Map<string, Failing>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** What all of them come to. `null`: all is well. */
  get trouble(): Trouble | null {
    const [first] = this.#failing.values()
    if (first === undefined) return null
    const { query, trouble } = first
    return {
      error: feedError(query, trouble.error, this.#failing.size - 1),
      nextTry: trouble.nextTry,
    }
  }

  /**
   * Takes what a feed says of itself.
   * @returns what it means for the health of the whole; nothing where that is as it was
   */
  take(query: Query, trouble: Trouble | null): Pick<Finding, 'trouble'> {
    const { kind, namespace } = query
    // A discoverer has one feed of a kind in a namespace.
    const key = `${kind} ${namespace}`
    const before = this.#failing.get(key)?.trouble
    if (trouble === null) return this.#failing.delete(key) ? { trouble: this.trouble } : {}
    // A feed that several namespaces use says the same to each.
    if (before === trouble) return {}
    this.#failing.set(key, { query, trouble })
    const isNew = before === undefined || errorText(before.error) !== errorText(trouble.error)
    const line = { err: feedError(query, trouble.error, 0) }
    if (isNew) this.#logger.error('Error watching Kubernetes objects', line)
    else this.#logger.debug('Error watching Kubernetes objects', line)
    return { trouble: this.trouble }
  }
}
