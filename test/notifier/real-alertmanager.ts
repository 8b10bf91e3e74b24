import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { requirePeer } from '../helpers/peers.js'
import { startProcess } from './real-process.js'

/** An Alertmanager of its own process, which ends with the test. */
export interface RealAlertmanager {
  readonly port: number
  /** `127.0.0.1:<port>` */
  readonly address: string
  /** The label `n` of the alerts that it knows of and that are firing, sorted. */
  firing(): Promise<readonly string[]>
  /** How many alerts it knows of: cheaper than to ask for all. */
  count(): Promise<number>
  /** Posts a body; gives the answer. */
  post(body: string, contentType?: string): Promise<{ status: number; body: string }>
  signal(name: NodeJS.Signals): void
  /** Ends it at once, and waits until it is gone. */
  kill(): Promise<void>
}

/** Starts an Alertmanager on a free loopback port, or on one that was free before. */
export async function startAlertmanager(port: number = 0): Promise<RealAlertmanager> {
  const folder = await mkdtemp(path.join(tmpdir(), 'muster-am-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeFile(
    path.join(folder, 'am.yml'),
    'route: {receiver: none}\nreceivers: [{name: none}]\n',
  )
  const server = startProcess(requirePeer('alertmanager'), [
    `--config.file=${path.join(folder, 'am.yml')}`,
    `--storage.path=${path.join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${String(port)}`,
    '--cluster.listen-address=',
  ])
  const [, address = ''] = await server.says(/msg="Listening on" address=(\S+)/)
  const url = `http://${address}/api/v2/alerts`
  return {
    port: Number(address.split(':')[1]),
    address,
    async firing() {
      const response = await fetch(`${url}?active=true`, { signal: AbortSignal.timeout(20_000) })
      const alerts = (await response.json()) as readonly { labels: Record<string, string> }[]
      return alerts.map(({ labels }) => labels['n'] ?? '').sort()
    },
    async count() {
      const response = await fetch(`http://${address}/metrics`, {
        signal: AbortSignal.timeout(20_000),
      })
      const states = (await response.text()).matchAll(/^alertmanager_alerts\{.*\} (.*)$/gm)
      return [...states].reduce((sum, [, count]) => sum + Number(count), 0)
    },
    async post(body, contentType = 'application/json') {
      const headers = { 'Content-Type': contentType }
      const response = await fetch(url, { method: 'POST', headers, body })
      return { status: response.status, body: await response.text() }
    },
    signal: server.signal,
    kill: server.kill,
  }
}
