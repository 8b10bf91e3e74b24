/** A check as Consul gives it; only what its standing depends on. */
export interface Check {
  readonly CheckID?: string
  readonly Status?: string
}

const ranks: ReadonlyMap<string, number> = new Map([
  ['passing', 0],
  ['warning', 1],
  ['critical', 2],
])
const names = ['passing', 'warning', 'critical', 'maintenance'] as const

function isMaintenance(id: string): boolean {
  return id === '_node_maintenance' || id.startsWith('_service_maintenance:')
}

/**
 * The worst of an instance's checks: maintenance, then critical, warning, passing. No checks are
 * passing; a status that Consul does not have gives the empty text, whatever the other checks say
 * (HealthChecks.AggregatedStatus of Consul's own library).
 */
export function aggregatedStatus(checks: readonly Check[]): string {
  let worst = 0
  for (const { CheckID: id = '', Status: status = '' } of checks) {
    const rank = isMaintenance(id) ? 3 : ranks.get(status)
    if (rank === undefined) return ''
    if (rank > worst) worst = rank
  }
  return names[worst] ?? ''
}
