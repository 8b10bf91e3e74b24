import { Counter, type Registry } from 'prom-client'

/** The counts of lookups; all discoverers share them, as in Prometheus. */
export interface DnsMetrics {
  readonly lookups: Counter
  readonly failures: Counter
}

/** Registers the metrics of DNS discovery. */
export function dnsMetrics(registry: Registry): DnsMetrics {
  const registers = [registry]
  return {
    lookups: new Counter({
      name: 'prometheus_sd_dns_lookups_total',
      help: 'The number of DNS-SD lookups.',
      registers,
    }),
    failures: new Counter({
      name: 'prometheus_sd_dns_lookup_failures_total',
      help: 'The number of DNS-SD lookup failures.',
      registers,
    }),
  }
}
