import { readdirSync, readFileSync } from 'node:fs'
import { PerformanceObserver, performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { type Actor, Gate } from '../run/index.js'
import type { BuildInfo } from '../web/index.js'

/**
 * What every Prometheus target says of its process, and what prom-client says of Node, under its names. prom-client's
 * own set is not used: its event loop monitor wakes the process a hundred times a second.
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
  const mostOpen = openFilesLimit()
  if (mostOpen !== undefined) {
    new Gauge({
      name: 'process_max_fds',
      help: 'Maximum number of open file descriptors.',
      registers,
    }).set(mostOpen)
  }
  nodeMetrics(registry)
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'Start time of the process since unix epoch in seconds.',
    registers,
  }).set(startTime / 1000)
  new Gauge({
    name: 'muster_build_info',
    help: "A metric with a constant '1' value labeled by what this build is.",
    labelNames: ['version', 'revision', 'node'],
    registers,
  }).set({ version: build.version, revision: build.revision, node: process.version }, 1)
}

/** The heap and the event loop. */
function nodeMetrics(registry: Registry): void {
  const registers = [registry]
  const heap: readonly (readonly [name: string, help: string, value: () => number])[] = [
    [
      'nodejs_heap_size_total_bytes',
      'Process heap size from Node.js in bytes.',
      () => process.memoryUsage().heapTotal,
    ],
    [
      'nodejs_heap_size_used_bytes',
      'Process heap size used from Node.js in bytes.',
      () => process.memoryUsage().heapUsed,
    ],
    [
      'nodejs_external_memory_bytes',
      'Node.js external memory size in bytes.',
      () => process.memoryUsage().external,
    ],
    [
      'nodejs_heap_size_limit_bytes',
      'The heap size at which Node.js ends the process (--max-old-space-size), in bytes.',
      () => getHeapStatistics().heap_size_limit,
    ],
  ]
  for (const [name, help, value] of heap) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value())
      },
    })
  }
  new Gauge({
    name: 'nodejs_eventloop_lag_seconds',
    help: 'Lag of event loop in seconds, at the time of the scrape.',
    registers,
    async collect() {
      const start = performance.now()
      await new Promise((resolve) => {
        setImmediate(resolve)
      })
      this.set((performance.now() - start) / 1000)
    },
  })
  new Counter({
    name: 'muster_eventloop_seconds_total',
    help: 'How long the event loop was busy (active) and waited (idle).',
    labelNames: ['state'],
    registers,
    collect() {
      const { active, idle } = performance.eventLoopUtilization()
      this.reset()
      this.inc({ state: 'active' }, active / 1000)
      this.inc({ state: 'idle' }, idle / 1000)
    },
  })
}

const gcKinds: Readonly<Record<number, string>> = {
  1: 'minor',
  4: 'major',
  8: 'incremental',
  16: 'weakcb',
}

/** Counts Node's garbage collections while it runs; an actor. */
export function gcMetrics(registry: Registry): Actor {
  const durations = new Histogram({
    name: 'nodejs_gc_duration_seconds',
    help: 'Garbage collection duration by kind, one of major, minor, incremental or weakcb.',
    labelNames: ['kind'],
    buckets: [0.001, 0.01, 0.1, 1, 2, 5],
    registers: [registry],
  })
  const stop = new Gate('stop')
  return {
    name: 'gc metrics',
    async execute() {
      const observer = new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          const { detail } = entry as { readonly detail?: { readonly kind: number } }
          const kind = gcKinds[detail?.kind ?? 0] ?? 'other'
          durations.observe({ kind }, entry.duration / 1000)
        }
      })
      observer.observe({ entryTypes: ['gc'] })
      try {
        await stop.opened
      } finally {
        observer.disconnect()
      }
    },
    interrupt: () => stop.open(),
  }
}

/** What Linux says of the limit; undefined where the system does not tell, or there is none. */
function openFilesLimit(): number | undefined {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8')
    const soft = Number(/^Max open files +(\d+)/mu.exec(limits)?.[1])
    return Number.isSafeInteger(soft) ? soft : undefined
  } catch {
    return undefined
  }
}

/** Linux alone has this folder. */
function openFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return undefined
  }
}
