import { goQuote } from '../../../go/quote.js'
import { type LintCode, shown } from '../code.js'

/** M206: addresses without a port. */
export const noPort: LintCode = {
  code: 'M206',
  title: 'targets whose address has no port',
  level: 'note',
  needs: 'snapshot',
  why: 'Prometheus then asks port 80, or 443 for `https`, where hardly an exporter listens; and `instance` has no port, so that two exporters of one machine cannot be told apart.',
  cure: 'Add the port with a rule: `source_labels: [__address__]`, `regex: ([^:]+)`, `replacement: $1:9100`, `target_label: __address__`.',
  example: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
`,
  cured: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
    relabel_configs:
      - source_labels: [__address__]
        regex: ([^:]+)
        replacement: $1:9100
        target_label: __address__
`,
  targets: [[{ __address__: '10.0.0.1' }, { __address__: '10.0.0.2' }]],
  *find({ snapshots }) {
    for (const { jobs } of snapshots) {
      for (const { linted, job, active, withoutPort } of jobs) {
        const { count, example } = withoutPort
        if (count === 0) continue
        const port = job.scheme === 'https' ? '443' : '80'
        const which =
          count === active ? `all ${String(count)}` : `${String(count)} of ${String(active)}`
        yield {
          place: linted.placeOf(job, 'job_name'),
          message: `${which} targets of job ${goQuote(job.job_name)} have no port, such as ${shown(example)}, and are asked at port ${port}; add the port of the exporter`,
        }
      }
    }
  },
}
