import { readdirSync } from 'node:fs'
import { Counter, Gauge, type Registry } from 'prom-client'
import type { BuildInfo } from '../web/index.js'

/**
 * What every Prometheus target says of its process. prom-client's own set is not used: its event loop
 * monitor wakes the process a hundred times a second.
 * @param startTime milliseconds since 1970
 */
export function processMetrics(registry: Registry, build: BuildInfo, startTime: number): void {
  const registers = [registry]
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Total user and system CPU time spent in seconds.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1e6)
    },
  })
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory size in bytes.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
  let open: number | undefined
  let counted = Number.NEGATIVE_INFINITY
  new Gauge({
    name: 'process_open_fds',
    help: 'Number of open file descriptors; absent where the system does not tell.',
    registers,
    collect() {
      // With a thousand connections the count takes a millisecond: once a second will do.
      const now = performance.now()
      if (now - counted >= 1000) {
        counted = now
        open = openFiles()
      }
      if (open !== undefined) this.set(open)
    },
  })
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'Start time of the process since unix epoch in seconds.',
    registers,
  }).set(startTime / 1000)
  new Gauge({
    name: 'muster_build_info',
    help: "A metric with a constant '1' value labeled by what this build is.",
    labelNames: ['version', 'node'],
    registers,
  }).set({ version: build.version, node: process.version }, 1)
}

/** Linux alone has this folder. */
function openFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return undefined
  }
}
