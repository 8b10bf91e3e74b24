import { Counter, Gauge, type Registry, Summary } from 'prom-client'

/** The metrics of file discovery; all its discoverers share them, as in Prometheus. */
export class FileMetrics {
  readonly readErrors: Counter
  readonly scanDuration: Summary
  readonly watcherErrors: Counter
  readonly #mtime: Gauge<'filename'>
  readonly #holders = new Map<string, number>()

  constructor(registry: Registry) {
    const registers = [registry]
    this.readErrors = new Counter({
      name: 'prometheus_sd_file_read_errors_total',
      help: 'The number of File-SD read errors.',
      registers,
    })
    this.scanDuration = new Summary({
      name: 'prometheus_sd_file_scan_duration_seconds',
      help: 'The duration of the File-SD scan in seconds.',
      percentiles: [0.5, 0.9, 0.99],
      maxAgeSeconds: 600,
      ageBuckets: 2,
      registers,
    })
    this.watcherErrors = new Counter({
      name: 'prometheus_sd_file_watcher_errors_total',
      help: 'The number of File-SD errors caused by filesystem watch failures.',
      registers,
    })
    this.#mtime = new Gauge({
      name: 'prometheus_sd_file_mtime_seconds',
      help: 'Timestamp (mtime) of files read by FileSD. Timestamp is set at read time.',
      labelNames: ['filename'],
      registers,
    })
  }

  /** A discoverer begins to follow a file; each does so once, until it {@link release}s the file. */
  hold(filename: string): void {
    this.#holders.set(filename, (this.#holders.get(filename) ?? 0) + 1)
  }

  mtime(filename: string, ms: number): void {
    this.#mtime.set({ filename }, Math.floor(ms / 1000))
  }

  /** The series goes with the last discoverer that follows the file. */
  release(filename: string): void {
    const left = (this.#holders.get(filename) ?? 1) - 1
    if (left > 0) this.#holders.set(filename, left)
    else {
      this.#holders.delete(filename)
      this.#mtime.remove({ filename })
    }
  }
}
