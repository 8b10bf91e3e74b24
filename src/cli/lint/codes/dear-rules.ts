import { goQuote } from '../../../go/quote.js'
import type { LintCode } from '../code.js'
import { ruleCosts } from '../snapshot/rule-costs.js'

const mostNamed = 3

/** M205: the rules that cost most. */
export const dearRules: LintCode = {
  code: 'M205',
  title: 'the three dearest rules, with their microseconds a target',
  level: 'note',
  needs: 'snapshot',
  why: 'Measured here, on a sample of the targets of each job, each rule alone. Most take well below a microsecond; one that takes ten makes a million targets take ten seconds.',
  cure: 'Put a cheap `keep` or `drop` above a dear rule; make the regex simpler; see M106.',
  example: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
    relabel_configs:
      - source_labels: [host]
        regex: '([^.]+)\\..*'
        target_label: name
`,
  targets: [[{ __address__: '10.0.0.1:9100', host: 'a.example.com' }]],
  *find({ snapshots, now }) {
    // The last one is the newest.
    const jobs = snapshots.at(-1)?.jobs ?? []
    const costs = jobs.flatMap((review) => ruleCosts(review, now))
    const dearest = costs.toSorted((a, b) => b.microseconds - a.microseconds).slice(0, mostNamed)
    for (const [i, { review, rule, microseconds }] of dearest.entries()) {
      const rank = i === 0 ? 'dearest' : `dearest but ${i === 1 ? 'one' : 'two'}`
      yield {
        place: review.linted.placeOf(rule),
        message: `the ${rank} rule: ${microseconds.toFixed(2)} µs a target, measured for job ${goQuote(review.job.job_name)}`,
      }
    }
  },
}
