import type { MiddlewareHandler } from 'hono'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { WebEnv } from '../context.js'
import type { Readiness } from '../sources.js'

/**
 * Registers the web server's metrics, under Prometheus' names.
 * @returns makes the middleware of one handler: it counts every request once its answer is out, or its
 * client gone
 */
export function requestMetrics(
  registry: Registry,
  readiness: () => Readiness,
): (handler: string) => MiddlewareHandler<WebEnv> {
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
  return (handler) => {
    // The series of a handler is there from the start, at 0.
    requests.inc({ handler, code: '200' }, 0)
    return async (c, next) => {
      const started = performance.now()
      const { outgoing } = c.env
      outgoing.once('close', () => {
        requests.inc({ handler, code: String(outgoing.statusCode) })
        durations.observe({ handler }, (performance.now() - started) / 1000)
        sizes.observe({ handler }, c.get('sent').bytes)
      })
      await next()
    }
  }
}
