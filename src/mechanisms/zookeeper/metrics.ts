import { Counter, Gauge, type Registry } from 'prom-client'

/** What is counted of ZooKeeper; both mechanisms share it, as in Prometheus. */
export interface ZookeeperMetrics {
  readonly failures: Counter
  /** How many znodes are watched. Prometheus has a goroutine for each of them. */
  readonly watchers: Gauge
}

const failures = 'prometheus_treecache_zookeeper_failures_total'
const watchers = 'prometheus_treecache_watcher_goroutines'

/** Registers the metrics, unless the other mechanism has done so. */
export function zookeeperMetrics(registry: Registry): ZookeeperMetrics {
  const registers = [registry]
  return {
    failures:
      (registry.getSingleMetric(failures) as Counter | undefined) ??
      new Counter({
        name: failures,
        help: 'The total number of ZooKeeper failures.',
        registers,
      }),
    watchers:
      (registry.getSingleMetric(watchers) as Gauge | undefined) ??
      new Gauge({ name: watchers, help: 'The current number of watcher goroutines.', registers }),
  }
}
