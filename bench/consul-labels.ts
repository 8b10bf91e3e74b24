/** Label sets as Consul discovery gives them, 25 labels each, the same in every run. */
import { relabelRule, type RelabelRule } from 'muster-sd/relabel'

export type LabelSet = Readonly<Record<string, string>>

/** The eight rules of a usual Consul job, as in a config: filter, address, metadata, shard, health, clean up. */
export const usualRuleFields: readonly object[] = [
  { source_labels: ['__meta_consul_tags'], regex: '.*,(?:prod|canary),.*', action: 'keep' },
  {
    source_labels: ['__address__', '__meta_consul_service_metadata_scrape_port'],
    regex: '([^:;]+)(?::\\d+)?;(\\d+)',
    target_label: '__address__',
    replacement: '$1:$2',
  },
  { regex: '__meta_consul_service_metadata_(.+)', action: 'labelmap' },
  { source_labels: ['__address__'], modulus: 4, target_label: '__tmp_shard', action: 'hashmod' },
  { source_labels: ['__tmp_shard'], regex: '[0-3]', action: 'keep' },
  { source_labels: ['__meta_consul_health'], regex: 'critical|maintenance', action: 'drop' },
  { source_labels: ['__meta_consul_dc'], target_label: 'dc', action: 'lowercase' },
  { regex: '__tmp_.*|commit|scrape_port', action: 'labeldrop' },
]

export const usualRules: readonly RelabelRule[] = usualRuleFields.map((fields) =>
  relabelRule(fields),
)

const services = [
  'billing',
  'search',
  'mail',
  'cart',
  'ledger',
  'images',
  'geo',
  'auth',
  'feed',
  'jobs',
]
const teams = ['core', 'growth', 'payments', 'platform', 'data', 'mobile']

/** A repeatable number in [0, end) that looks like chance (xorshift on the index). */
function dice(index: number, salt: number, end: number): number {
  let x = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b)
  x ^= x >>> 15
  x = Math.imul(x, 0x2c1b3c6d)
  x ^= x >>> 12
  return (x >>> 0) % end
}

/** The labels of the n-th instance; about two in three pass {@link usualRules}. */
export function labelSet(n: number): LabelSet {
  const group = Math.floor(n / 10)
  const name = `${services[group % services.length] ?? ''}-worker-${String(group).padStart(5, '0')}`
  const ip = `172.${String(16 + ((n >> 16) & 15))}.${String((n >> 8) & 255)}.${String(n & 255)}`
  const port = String(20_000 + dice(n, 1, 12_000))
  const node = dice(n, 2, 4000)
  const address = `10.64.${String(node >> 8)}.${String(node & 255)}`
  const env = ['prod', 'prod', 'canary', 'staging'][dice(group, 3, 4)] ?? ''
  const team = teams[dice(group, 4, teams.length)] ?? ''
  const version = `${String(dice(group, 5, 4))}.${String(dice(group, 6, 30))}.${String(dice(group, 7, 40))}`
  const dc = ['US-East-1', 'EU-West-1', 'AP-South-1'][dice(group, 8, 3)] ?? ''
  return {
    __address__: `${ip}:${port}`,
    __meta_consul_address: address,
    __meta_consul_dc: dc,
    __meta_consul_health: dice(n, 9, 10) === 0 ? 'critical' : 'passing',
    __meta_consul_metadata_consul_network_segment: '',
    __meta_consul_metadata_instance_type: `m6i.${String(2 ** dice(n, 10, 4))}xlarge`,
    __meta_consul_metadata_os: 'linux',
    __meta_consul_metadata_rack: `r${String(dice(node, 11, 40))}-b`,
    __meta_consul_namespace: 'default',
    __meta_consul_node: `node-${String(node).padStart(4, '0')}.${dc}.example.net`,
    __meta_consul_service: name,
    __meta_consul_service_address: ip,
    __meta_consul_service_id: `${name}-${ip}-${port}`,
    __meta_consul_service_metadata_commit: dice(group, 12, 2 ** 31)
      .toString(16)
      .padStart(10, '6'),
    __meta_consul_service_metadata_env: env,
    __meta_consul_service_metadata_scrape_port: String(9000 + dice(group, 13, 999)),
    __meta_consul_service_metadata_team: team,
    __meta_consul_service_metadata_tier: `tier${String(dice(group, 14, 4))}`,
    __meta_consul_service_metadata_version: version,
    __meta_consul_service_port: port,
    __meta_consul_tagged_address_lan: address,
    __meta_consul_tagged_address_lan_ipv4: address,
    __meta_consul_tagged_address_wan: `203.0.${String(node >> 8)}.${String(node & 255)}`,
    __meta_consul_tagged_address_wan_ipv4: `203.0.${String(node >> 8)}.${String(node & 255)}`,
    __meta_consul_tags: `,${env},http,v2,team-${team},`,
  }
}

/** Label sets as they come off the network: every text an object of its own. */
export function labelSets(from: number, count: number): readonly LabelSet[] {
  const sets = Array.from({ length: count }, (_, i) => labelSet(from + i))
  return JSON.parse(JSON.stringify(sets)) as readonly LabelSet[]
}
