import type { RealPrometheus } from '../helpers/real-prometheus.js'
import type { RealVmagent } from '../helpers/real-vmagent.js'

/** Loopback addresses on which nothing listens. */
export const addresses = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `127.0.${String(i >> 8)}.${String(i & 255)}:9`)

/** A job for the readers: nothing is ever scraped. */
export const job = (section: string): string => `
global: {scrape_interval: 100y}
scrape_configs:
- job_name: j
  ${section}
`

/** The instances of the active targets, sorted. */
export async function instances(reader: RealPrometheus | RealVmagent): Promise<readonly string[]> {
  const { activeTargets } = await reader.targets()
  return activeTargets.map(({ labels }) => labels?.['instance'] ?? '').sort()
}

/** The value of a metric of a Prometheus. */
export async function metric(prometheus: RealPrometheus, name: string): Promise<number> {
  const text = await (await fetch(`${prometheus.url}/metrics`)).text()
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1])
}
