import type { DiscoveryConfig } from '../discovery/index.js'
import { defaultHttpClientConfig, type HttpClientConfig } from '../http/index.js'
import type { Labels } from '../labels/index.js'
import type { NameScheme, RelabelRule } from '../relabel/index.js'
import type { SigV4Config } from './aws-signer.js'

/** One element of `alerting.alertmanagers`, as far as the notifier reads it. */
export interface AlertmanagerConfig {
  /** How the Alertmanagers are found; the notifier only compares it. */
  readonly discovery: readonly DiscoveryConfig[]
  readonly scheme: string
  /** Stands before `/api/v2/alerts`. */
  readonly path_prefix: string
  /** Milliseconds for one post. */
  readonly timeout: number
  /** Decide which discovered targets are Alertmanagers, and their URLs. */
  readonly relabel_configs: readonly RelabelRule[]
  /** Change the alerts for these Alertmanagers alone. */
  readonly alert_relabel_configs: readonly RelabelRule[]
  /** The keys of the HTTP client, which stand among the others in the file. */
  readonly http: HttpClientConfig
  /** Signs requests for AWS; undefined where they are not signed. */
  readonly sigv4?: SigV4Config | undefined
}

/** What the notifier reads of a config file. Set `config-<i>` is the i-th of `alertmanagers`. */
export interface NotifierConfig {
  readonly global: {
    /** Given to every alert that has no label of that name. */
    readonly external_labels: Labels
    /** Which label names rules may make. Left out: any. */
    readonly metric_name_validation_scheme?: NameScheme | ''
  }
  readonly alerting: {
    /** Change or drop the alerts for everybody. */
    readonly alert_relabel_configs: readonly RelabelRule[]
    readonly alertmanagers: readonly AlertmanagerConfig[]
  }
}

/** The name of the target set of the i-th section. */
export function setName(index: number): string {
  return `config-${String(index)}`
}

/** A section with Prometheus' defaults, for those who have no file. */
export function alertmanagerConfig(fields: Partial<AlertmanagerConfig> = {}): AlertmanagerConfig {
  return {
    discovery: [],
    scheme: 'http',
    path_prefix: '',
    timeout: 10_000,
    relabel_configs: [],
    alert_relabel_configs: [],
    http: defaultHttpClientConfig(),
    ...fields,
  }
}
