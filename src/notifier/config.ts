import { type Observable, of } from 'rxjs'
import type { AlertingConfig, AlertmanagerConfig } from '../config/index.js'
import type { TargetGroup, TargetUpdate } from '../discovery/index.js'
import { defaultHttpClientConfig } from '../http/index.js'
import type { Labels } from '../labels/index.js'
import { checkCount, checkMs } from '../waiting/option.js'
import type { NameScheme } from '../relabel/index.js'

/** What the notifier reads of a config file. Set `config-<i>` is the i-th of `alertmanagers`. */
export interface NotifierConfig {
  readonly global: {
    /** Given to every alert that has no label of that name. */
    readonly external_labels: Labels
    /** Which label names rules may make. Left out: any. */
    readonly metric_name_validation_scheme?: NameScheme | ''
  }
  readonly alerting: AlertingConfig
}

/** The name of the target set of the i-th section. */
export function setName(index: number): string {
  return `config-${String(index)}`
}

/**
 * A section with Prometheus' defaults, for programs without a config file.
 * @throws {OptionError} for a timeout that is negative or NaN
 */
export function alertmanagerConfig(fields: Partial<AlertmanagerConfig> = {}): AlertmanagerConfig {
  checkMs('timeout', fields.timeout)
  return {
    discovery: [],
    scheme: 'http',
    path_prefix: '',
    timeout: 10_000,
    api_version: 'v2',
    relabel_configs: [],
    alert_relabel_configs: [],
    http: defaultHttpClientConfig(),
    sigv4: undefined,
    ...fields,
  }
}

/**
 * Alertmanagers whose addresses are known, in place of what a discovery manager finds. They belong to
 * every generation: a new config takes effect for them at its commit.
 * @param addresses host and port of each: `am-1:9093`
 * @param index which section of the config they belong to
 * @throws {OptionError} unless the index is a whole number, 0 or more
 */
export function staticAlertmanagers(
  addresses: readonly string[],
  index: number = 0,
): Observable<TargetUpdate> {
  checkCount('index', index, 0)
  const group = staticGroup(addresses)
  const changes = new Map([[group.source, group]])
  return of({ set: setName(index), generation: Infinity, changes })
}

/** The target group of addresses that are known. */
export function staticGroup(addresses: readonly string[]): TargetGroup {
  const targets = addresses.map((address) => ({ __address__: address }))
  return { source: 'static', labels: {}, targets }
}
