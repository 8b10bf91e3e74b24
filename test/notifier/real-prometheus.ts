import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { requirePeer } from '../helpers/peers.js'
import { freePort } from './free-port.js'
import { startProcess } from './real-process.js'

/**
 * Starts a Prometheus that scrapes nothing, and sends one alert that always fires.
 * @param more YAML of the section of this Alertmanager, such as `scheme: https`
 */
export async function startPrometheus(
  alertmanager: string,
  n: string,
  more: string = '',
): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'muster-prom-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
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
  await writeFile(path.join(folder, 'prometheus.yml'), config)
  await writeFile(path.join(folder, 'rules.yml'), rules)
  const server = startProcess(requirePeer('prometheus'), [
    `--config.file=${path.join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${path.join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${String(await freePort())}`,
    // It forgets what it has to say before it has found anybody to tell.
    '--rules.alert.resend-delay=1s',
  ])
  await server.says(/Server is ready to receive web requests/)
}
