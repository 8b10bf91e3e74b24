import type { Registry } from 'prom-client'
import type { Route } from '../context.js'
import { textContent } from '../reply/content.js'
import { replyLong } from '../reply/reply.js'

/** Every metric of a registry, in the text format. */
export function metricsRoute(registry: Registry): Route {
  return {
    methods: ['GET'],
    path: '/metrics',
    handle: (c) =>
      replyLong(c, {
        contentType: registry.contentType,
        content: textContent(() => metricTexts(registry)),
      }),
  }
}

/** One metric at a time, so that many series do not hold the event loop. */
async function* metricTexts(registry: Registry): AsyncGenerator<string> {
  for (const { name } of registry.getMetricsAsArray()) {
    const text = await registry.getSingleMetricAsString(name)
    yield `${text}\n`
  }
}
