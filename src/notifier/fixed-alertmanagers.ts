import { type Observable, of } from 'rxjs'
import type { TargetUpdate } from '../discovery/index.js'
import { setName } from './config.js'

/**
 * Alertmanagers that are known, in place of what a discovery manager finds.
 * @param addresses host and port of each: `am-1:9093`
 * @param index which section of the config they belong to
 */
export function fixedAlertmanagers(
  addresses: readonly string[],
  index: number = 0,
): Observable<TargetUpdate> {
  const targets = addresses.map((address) => ({ __address__: address }))
  const group = { source: 'fixed', labels: {}, targets }
  return of({ set: setName(index), generation: 1, changes: new Map([[group.source, group]]) })
}
