/** Flags of Prometheus that muster does not have, and what becomes of them. */
export interface PrometheusFlag {
  /** Without the dashes. */
  readonly name: string
  /** `--name`, or `--no-name`: no value follows it. */
  readonly isSwitch: boolean
  /** Why muster refuses to start with it; undefined for a flag that changes nothing here. */
  readonly refusal?: string
  /** What it is about. */
  readonly about: string
}

interface Family {
  readonly about: string
  readonly values?: readonly string[]
  readonly switches?: readonly string[]
  readonly refusal?: string
}

const families: readonly Family[] = [
  {
    about: 'the database of samples, which muster does not have',
    values: [
      'storage.tsdb.path',
      'storage.tsdb.retention',
      'storage.tsdb.retention.time',
      'storage.tsdb.retention.size',
      'storage.tsdb.retention.percentage',
      'storage.tsdb.min-block-duration',
      'storage.tsdb.max-block-duration',
      'storage.tsdb.max-block-chunk-segment-size',
      'storage.tsdb.wal-segment-size',
      'storage.tsdb.wal-compression-type',
      'storage.tsdb.head-chunks-write-queue-size',
      'storage.tsdb.samples-per-chunk',
      'storage.tsdb.delayed-compaction.max-percent',
      'storage.tsdb.block-reload-interval',
      'storage.agent.path',
      'storage.agent.retention.min-time',
      'storage.agent.retention.max-time',
      'storage.agent.wal-segment-size',
      'storage.agent.wal-compression-type',
      'storage.agent.wal-truncate-frequency',
      'storage.remote.flush-deadline',
      'storage.remote.read-sample-limit',
      'storage.remote.read-concurrent-limit',
      'storage.remote.read-max-bytes-in-frame',
    ],
    switches: [
      'agent',
      'storage.tsdb.no-lockfile',
      'storage.tsdb.use-lockfile',
      'storage.tsdb.allow-overlapping-blocks',
      'storage.tsdb.allow-overlapping-compaction',
      'storage.tsdb.wal-compression',
      'storage.agent.no-lockfile',
      'storage.agent.use-lockfile',
      'storage.agent.wal-compression',
    ],
  },
  {
    about: 'rules and queries, which muster does not evaluate',
    values: [
      'rules.alert.for-outage-tolerance',
      'rules.alert.for-grace-period',
      'rules.alert.resend-delay',
      'rules.max-concurrent-evals',
      'query.lookback-delta',
      'query.timeout',
      'query.max-concurrency',
      'query.max-samples',
    ],
  },
  {
    about: 'scrapes, which muster does not make; it passes changes of targets on at once',
    values: ['scrape.discovery-reload-interval', 'scrape.timestamp-tolerance'],
    switches: ['scrape.adjust-timestamps'],
  },
  {
    about: "the pages of Prometheus' web interface",
    values: [
      'web.console.templates',
      'web.console.libraries',
      'web.user-assets',
      'web.local-assets',
      'web.page-title',
      'web.max-notifications-subscribers',
      'web.remote-write-receiver.accepted-protobuf-messages',
    ],
  },
  {
    about: 'the Go runtime',
    values: ['auto-gomemlimit.ratio', 'auto-gomemlimit.refresh-interval'],
    switches: ['auto-gomaxprocs', 'auto-gomemlimit'],
  },
  {
    about:
      'features; auto-reload-config turns --config.auto-reload on, the others change nothing here',
    values: ['enable-feature'],
  },
  {
    about: 'a limit that muster has for each request',
    values: ['alertmanager.timeout'],
  },
  {
    about: 'an API to change stored samples',
    switches: ['web.enable-admin-api'],
    refusal: 'muster stores no samples, so it has no admin API: leave the flag out',
  },
  {
    about: 'an API that takes samples',
    switches: ['web.enable-remote-write-receiver', 'web.enable-otlp-receiver'],
    refusal:
      'muster takes no samples and would lose those it is sent: send them to a Prometheus, and leave the flag out',
  },
]

/** Every flag of Prometheus 2 and 3 that muster has no use for. */
export const prometheusFlags: readonly PrometheusFlag[] = families.flatMap(
  ({ about, values = [], switches = [], refusal }) => {
    const flag = (name: string, isSwitch: boolean): PrometheusFlag =>
      refusal === undefined ? { name, isSwitch, about } : { name, isSwitch, about, refusal }
    return [...values.map((name) => flag(name, false)), ...switches.map((name) => flag(name, true))]
  },
)
