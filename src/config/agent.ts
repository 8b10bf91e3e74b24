import type { Findings } from './findings.js'
import type { Sections } from './sections.js'

/** Refuses the sections that Prometheus' agent mode does not have. */
export function checkAgentMode(main: Sections, findings: Findings): void {
  const { alertmanagers, alert_relabel_configs } = main.alerting
  const refuse = (key: keyof Sections, present: boolean): void => {
    if (present) findings.add(main, key, `field ${key} is not allowed in agent mode`)
  }
  refuse('alerting', alertmanagers.length > 0 || alert_relabel_configs.length > 0)
  refuse('rule_files', main.rule_files.length > 0)
  refuse('remote_read', main.remote_read.length > 0)
}
