import { Observable } from 'rxjs'
import type { HttpClient } from '../../http/index.js'
import { type Discoverer, type DiscovererContext, refresh } from '../../discovery/index.js'
import type { HttpSdMetrics } from './metrics.js'
import { HttpPoller } from './poller.js'
import type { HttpSdConfig } from './section.js'

/** Each subscription has connections of its own, cut when it ends. */
export function httpDiscoverer(
  config: HttpSdConfig,
  context: DiscovererContext,
  metrics: HttpSdMetrics,
  client: () => HttpClient,
): Discoverer {
  return {
    findings: () =>
      new Observable((subscriber) => {
        const connected = client()
        const polling = pollingWith(connected, config, context, metrics)
        const subscription = polling.findings().subscribe(subscriber)
        return () => {
          subscription.unsubscribe()
          connected.close().catch((error: unknown) => {
            context.logger.warn('Unable to close connections', { err: error })
          })
        }
      }),
  }
}

function pollingWith(
  client: HttpClient,
  config: HttpSdConfig,
  context: DiscovererContext,
  metrics: HttpSdMetrics,
): Discoverer {
  const poller = new HttpPoller(config, client, context.turns)
  return refresh({
    context,
    intervalMs: config.refresh_interval,
    async poll(signal) {
      try {
        return await poller.poll(signal)
      } catch (error) {
        if (!signal.aborted) metrics.failed()
        throw error
      }
    },
  })
}
