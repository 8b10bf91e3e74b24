import {
  type AlertmanagerConfig,
  plainAlertmanager,
  plainJob,
  type ScrapeConfig,
} from '../config/index.js'
import { plainText } from './plain-text.js'
import { sameConfig } from '../yaml/index.js'

/** A key of a job, or of a section of Alertmanagers, that has another value. */
export interface SettingChange {
  readonly key: string
  /** As printed, secrets masked; null where the key is not there. */
  readonly before: string | null
  readonly after: string | null
}

/** Long lists are of no use in one line: that they changed is. */
const onlyNamed = /^(?:(?:metric_|alert_)?relabel_configs|[a-z0-9_]+_sd_configs|static_configs)$/

/** The rules of the targets show in what becomes of them. */
const targetRules = 'relabel_configs'

/** What of a job has another value now. @param masked the old one is known as printed only */
export function jobSettings(
  before: ScrapeConfig,
  after: ScrapeConfig,
  masked: boolean,
): readonly SettingChange[] {
  // Printing takes long, and most jobs stay as they are.
  if (sameConfig(withoutPlaces(before), withoutPlaces(after))) return []
  const changes = printedChanges(plainJob(before), plainJob(after))
  return [...changes, ...secretChange(before, after, changes, masked)]
}

function withoutPlaces(job: ScrapeConfig): unknown {
  return { ...job, rule_places: [], metric_rule_places: [] }
}

/** The same of a section of Alertmanagers. */
export function alertmanagerSettings(
  before: AlertmanagerConfig,
  after: AlertmanagerConfig,
  masked: boolean,
): readonly SettingChange[] {
  const changes = printedChanges(plainAlertmanager(before), plainAlertmanager(after))
  return [...changes, ...secretChange(before, after, changes, masked)]
}

function printedChanges(before: unknown, after: unknown): readonly SettingChange[] {
  const [old, now] = [entriesOf(before), entriesOf(after)]
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((key) => key !== targetRules && key !== 'job_name')
    .filter((key) => plainText(old.get(key)) !== plainText(now.get(key)))
    .map((key) => ({ key, before: shown(key, old.get(key)), after: shown(key, now.get(key)) }))
}

/** Secrets are printed alike: a part of the client that is another one, and is printed as it was. */
function secretChange(
  before: { readonly http: unknown },
  after: { readonly http: unknown },
  changes: readonly SettingChange[],
  masked: boolean,
): readonly SettingChange[] {
  if (masked) return []
  const [old, now] = [entriesOf(before.http), entriesOf(after.http)]
  const isPrinted = (part: string): boolean =>
    changes.some(({ key }) => key === part || (part === 'proxy' && key.includes('proxy')))
  const parts = [...new Set([...old.keys(), ...now.keys()])]
  if (parts.every((part) => sameConfig(old.get(part), now.get(part)) || isPrinted(part))) return []
  return [{ key: 'credentials', before: '<secret>', after: 'another <secret>' }]
}

function entriesOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : [])
}

function shown(key: string, value: unknown): string | null {
  if (value === undefined) return null
  return onlyNamed.test(key) ? '…' : plainText(value)
}
