import type { Logger } from '../telemetry/index.js'
import type { AlertTransport } from './alert-transport.js'

/**
 * What ends in the background: loops that drain, and connections that close after them. Only the end of
 * the notifier waits for it.
 */
export class Teardown {
  readonly #logger: Logger
  readonly #running = new Set<Promise<void>>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** Keeps track of a loop that stops. */
  add(stopped: Promise<void>): void {
    const over = stopped
      .catch((err: unknown) => this.#logger.error('Stopping an Alertmanager failed', { err }))
      .finally(() => this.#running.delete(over))
    this.#running.add(over)
  }

  /** Closes connections once everything that stops now, and may use them, is over. */
  close(transport: AlertTransport): void {
    const users = [...this.#running]
    this.add(Promise.all(users).then(() => transport.close()))
  }

  /** Resolves when everything is over; never rejects. */
  async finished(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }
}
