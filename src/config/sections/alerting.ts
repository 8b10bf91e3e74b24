import type { Mechanism } from '../../discovery/mechanism.js'
import { type HttpClientConfig, httpClientConfig } from '../../http/index.js'
import type { NameScheme, RelabelRule } from '../../relabel/index.js'
import {
  checkedByKey,
  type Decoding,
  duration,
  type Field,
  field,
  inline,
  list,
  optional,
  struct,
  text,
  textual,
  type Type,
} from '../../yaml/index.js'
import { type Discovering, withDiscovery } from './discovery.js'
import type { ConfigIssues } from '../config-issues.js'
import { checkRules, relabelRules } from './relabel-rules.js'
import { type SigV4Config, sigV4 } from './sigv4.js'
import { checkStaticAddresses } from './static-addresses.js'

/** One element of `alerting.alertmanagers`: a way to find Alertmanagers, and how to talk to them. */
export interface AlertmanagerConfig extends Discovering {
  /** The keys of the HTTP client, which are among the others in the file. */
  readonly http: HttpClientConfig
  /** Signs requests for AWS; undefined where they are not signed. */
  readonly sigv4: SigV4Config | undefined
  readonly scheme: string
  /** Comes before `/api/v2/alerts`. */
  readonly path_prefix: string
  /** Milliseconds for one post. */
  readonly timeout: number
  /** `v2`: there is no other. */
  readonly api_version: string
  /** Decide which discovered targets are Alertmanagers, and their URLs. */
  readonly relabel_configs: readonly RelabelRule[]
  /** Change the alerts for these Alertmanagers alone. */
  readonly alert_relabel_configs: readonly RelabelRule[]
}

/** The `alerting` section. */
export interface AlertingConfig {
  /** Change or drop the alerts for every Alertmanager. */
  readonly alert_relabel_configs: readonly RelabelRule[]
  readonly alertmanagers: readonly AlertmanagerConfig[]
}

const apiVersion: Type<string> = textual(
  'config.plain',
  () => '',
  (written) => {
    if (written === 'v2') return written
    throw new Error(`expected Alertmanager api version to be one of [v2] but got ${written}`)
  },
  (value) => value,
)

type OwnFields = {
  readonly [K in keyof Omit<AlertmanagerConfig, 'discovery'>]: Field<AlertmanagerConfig[K]>
}

const fields: OwnFields = {
  http: inline(httpClientConfig),
  sigv4: field(optional(sigV4)),
  scheme: field(text, 'http'),
  path_prefix: field(text),
  timeout: field(duration, 10_000),
  api_version: field(apiVersion, 'v2', { always: true }),
  relabel_configs: field(relabelRules('empty or null Alertmanager target relabeling rule')),
  alert_relabel_configs: field(relabelRules('empty or null Alertmanager alert relabeling rule')),
}

function check(
  value: AlertmanagerConfig,
  at: Decoding,
  isSound: (...keys: readonly (keyof AlertmanagerConfig | 'static_configs')[]) => boolean,
): void {
  const { basic_auth, authorization, oauth2 } = value.http
  if (value.sigv4 !== undefined && (basic_auth ?? authorization ?? oauth2) !== undefined) {
    at.failKey(
      'sigv4',
      'at most one of basic_auth, authorization, oauth2, & sigv4 must be configured',
    )
  }
  if (value.relabel_configs.length === 0 && isSound('relabel_configs', 'static_configs')) {
    checkStaticAddresses(value.discovery, at)
  }
}

/** The type of the `alerting` section. */
export function alertingSection(mechanisms: readonly Mechanism[]): Type<AlertingConfig> {
  const alertmanager = checkedByKey(
    withDiscovery('config.AlertmanagerConfig', fields, mechanisms),
    check,
  )
  return struct('config.plain', {
    alert_relabel_configs: field(relabelRules('empty or null alert relabeling rule')),
    // Prometheus crashes on it.
    alertmanagers: field(
      list<AlertmanagerConfig>(alertmanager, 'empty or null Alertmanager config section'),
    ),
  })
}

/** Checks all rules of the section; run once the name scheme of the file is known. */
export function checkAlerting(
  alerting: AlertingConfig,
  scheme: NameScheme,
  issues: ConfigIssues,
): void {
  checkRules(alerting.alert_relabel_configs, scheme, issues)
  for (const alertmanager of alerting.alertmanagers) {
    checkRules(alertmanager.alert_relabel_configs, scheme, issues)
    checkRules(alertmanager.relabel_configs, scheme, issues)
  }
}
