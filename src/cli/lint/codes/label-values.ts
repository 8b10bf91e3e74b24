import { goQuote } from '../../../go/quote.js'
import type { LintCode, LintInput } from '../code.js'
import type { Complaint } from '../finding.js'

/** M204: labels with one value, and labels whose values change. */
export const labelValues: LintCode = {
  code: 'M204',
  title: 'a label with one value over all targets, or one whose value changes (two snapshots)',
  level: 'note',
  needs: 'snapshot',
  why: 'A label that all targets of all jobs have with one value says nothing inside this Prometheus; `external_labels` has it for the world outside, and costs nothing for each series. A label whose value changes while the target stays the same makes new series each time: for it, give a second `--snapshot`, recorded later.',
  cure: 'Move it to `external_labels`; do not make labels of values that change, such as a status or a version.',
  example: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
`,
  targets: [
    [
      { __address__: '10.0.0.1:9100', status: 'running' },
      { __address__: '10.0.0.2:9100', status: 'stopped' },
    ],
    [
      { __address__: '10.0.0.1:9100', status: 'running' },
      { __address__: '10.0.0.2:9100', status: 'running' },
    ],
  ],
  *find(input) {
    yield* singleValues(input)
    yield* churning(input)
  },
}

/** With fewer targets every label has one value. */
const fewTargets = 10

function* singleValues({ configs, snapshots }: LintInput): Iterable<Complaint> {
  const [snapshot] = snapshots
  const [linted] = configs
  if (snapshot === undefined || linted === undefined) return
  const { active, jobs, values } = snapshot
  if (active < fewTargets || jobs.filter((job) => job.active > 0).length < 2) return
  for (const [label, { value, count, isSingle }] of values) {
    if (label === 'job' || !isSingle || count < active) continue
    yield {
      place: linted.placeOf(linted.config.global),
      message: `all ${String(active)} targets have ${label}=${goQuote(value)}; external_labels says that once`,
    }
  }
}

function* churning({ configs, snapshots }: LintInput): Iterable<Complaint> {
  const [linted] = configs
  const [earlier, later] = [snapshots[0], snapshots.at(-1)]
  if (linted === undefined || earlier === undefined || later === undefined) return
  if (earlier === later) return
  const { common, churns } = earlier.churnTo(later)
  for (const { label, changed, example } of churns) {
    yield {
      place: linted.placeOf(linted.config.global),
      message: `${label} has another value for ${String(changed)} of ${String(common)} targets that are in both snapshots (${example}), and each change makes new series; leave it out, or make a label of something that stays`,
    }
  }
}
