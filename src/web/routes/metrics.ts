import type { Registry } from 'prom-client'
import { textBody } from '../reply/body.js'
import { replyLong } from '../reply/reply.js'
import type { WebRoute } from './route.js'

/** Every metric of a registry, in the text format. */
export function metricsRoute(registry: Registry): WebRoute {
  return {
    methods: ['GET'],
    path: '/metrics',
    handle: (c) =>
      replyLong(c, {
        contentType: registry.contentType,
        body: textBody(() => metricTexts(registry)),
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
