import type { Logger } from '../telemetry/index.js'
import type { Transport } from './transport.js'

/** What is on its way out: nobody waits for it, except the end of everything. */
export class Exits {
  readonly #logger: Logger
  readonly #open = new Set<Promise<void>>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  add(exit: Promise<void>): void {
    const over = exit
      .catch((err: unknown) => this.#logger.error('Giving up an Alertmanager failed', { err }))
      .finally(() => this.#open.delete(over))
    this.#open.add(over)
  }

  /** Closes connections once everything that is on its way out now, and may use them, is over. */
  close(transport: Transport): void {
    const users = [...this.#open]
    this.add(Promise.all(users).then(() => transport.close()))
  }

  /** Resolves when nothing is on its way out; never rejects. */
  async over(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open)
  }
}
