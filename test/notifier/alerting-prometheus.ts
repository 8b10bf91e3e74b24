import { forThisTest } from '../helpers/real-process.js'
import { RealPrometheus } from '../helpers/real-prometheus.js'

/**
 * Starts a Prometheus that scrapes nothing, and sends one alert that always fires, until the test ends.
 * @param n the label `n` of the alert
 * @param more YAML of the section of this Alertmanager, such as `scheme: https`
 */
export async function startAlertingPrometheus(
  alertmanager: string,
  n: string,
  more: string = '',
): Promise<void> {
  const config = `
global: {scrape_interval: 100y, evaluation_interval: 1s}
rule_files: [rules.yml]
alerting: {alertmanagers: [{static_configs: [{targets: ['${alertmanager}']}], ${more}}]}
`
  const rules = `
groups:
  - name: always
    rules: [{alert: Always, expr: vector(1), labels: {n: '${n}'}, annotations: {summary: 'on {{ $value }}'}}]
`
  await forThisTest(
    RealPrometheus.start(
      { 'prometheus.yml': config, 'rules.yml': rules },
      // It forgets what it has to say before it has found an Alertmanager to send it to.
      { args: ['--rules.alert.resend-delay=1s'] },
    ),
  )
}
