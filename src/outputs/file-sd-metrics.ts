import { Counter, Gauge, type Registry } from 'prom-client'

/** The metrics of the files of targets. */
export class FileSdMetrics {
  readonly #writes: Counter
  readonly #failures: Counter
  readonly #behind: Gauge

  constructor(registry: Registry) {
    const registers = [registry]
    this.#writes = new Counter({
      name: 'muster_file_sd_writes_total',
      help: 'Number of files of targets that were written.',
      registers,
    })
    this.#failures = new Counter({
      name: 'muster_file_sd_failures_total',
      help: 'Number of times that a file of targets could not be written or deleted.',
      registers,
    })
    this.#behind = new Gauge({
      name: 'muster_file_sd_files_behind',
      help: 'Number of files of targets that lack changes, since they could not be written.',
      registers,
    })
  }

  wrote(): void {
    this.#writes.inc()
  }

  failed(): void {
    this.#failures.inc()
  }

  /** @param count how many files are behind now */
  behind(count: number): void {
    this.#behind.set(count)
  }
}
