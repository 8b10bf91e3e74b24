import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Readiness } from '../sources.js'

/** What the web server counts about its requests, under Prometheus' names. */
export interface WebMetrics {
  /** Makes the series of a handler appear at 0. */
  announce(handler: string): void
  observe(handler: string, code: number, seconds: number, bytes: number): void
}

/** Registers the web server's metrics on a registry. */
export function webMetrics(registry: Registry, readiness: () => Readiness): WebMetrics {
  const registers = [registry]
  const requests = new Counter({
    name: 'prometheus_http_requests_total',
    help: 'Counter of HTTP requests.',
    labelNames: ['handler', 'code'],
    registers,
  })
  const durations = new Histogram({
    name: 'prometheus_http_request_duration_seconds',
    help: 'Histogram of latencies for HTTP requests.',
    labelNames: ['handler'],
    buckets: [0.1, 0.2, 0.4, 1, 3, 8, 20, 60, 120],
    registers,
  })
  const sizes = new Histogram({
    name: 'prometheus_http_response_size_bytes',
    help: 'Histogram of response size for HTTP requests.',
    labelNames: ['handler'],
    buckets: [100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9],
    registers,
  })
  const ready: Gauge = new Gauge({
    name: 'prometheus_ready',
    help: 'Whether Prometheus startup was fully completed and the server is ready for normal operation.',
    registers,
    collect: (): void => ready.set(readiness() === 'ready' ? 1 : 0),
  })
  return {
    announce(handler) {
      requests.inc({ handler, code: '200' }, 0)
    },
    observe(handler, code, seconds, bytes) {
      requests.inc({ handler, code: String(code) })
      durations.observe({ handler }, seconds)
      sizes.observe({ handler }, bytes)
    },
  }
}
