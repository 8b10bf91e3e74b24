import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Registry } from 'prom-client'
import { onTestFinished } from 'vitest'
import { type Config, loadConfig } from '../../src/config/index.js'
import { consulMechanism } from '../../src/mechanisms/consul/index.js'
import { fileMechanism } from '../../src/mechanisms/file/index.js'
import { DiscoveryManager, discoveryMetrics, type SetConfigs } from '../../src/discovery/index.js'
import { staticMechanism } from '../../src/mechanisms/static.js'
import {
  createRelay,
  httpTransport,
  Notifier,
  type NotifierOptions,
  setName,
} from '../../src/notifier/index.js'
import { Group } from '../../src/run/index.js'
import { listen } from '../helpers/listen.js'
import { recordingLogger, type RecordingLogger } from './recording-logger.js'

/** Notify discovery, the notifier and its relay, as `muster` runs them, in this process. */
export interface MusterRig {
  readonly notifier: Notifier
  readonly logger: RecordingLogger
  /** Where the relay listens: `http://127.0.0.1:<port>` */
  readonly url: string
  /** A folder for the files of this test. */
  readonly folder: string
  /** Writes a file of this folder, at once: no reader sees half of it. */
  write(name: string, content: string): Promise<void>
  /** Takes another config file. */
  reload(yaml: string): Promise<void>
  /** The value of a metric; with `host`, of that Alertmanager. */
  metric(name: string, host?: string): Promise<number>
  /** Stops everything, and waits for the end. */
  stop(): Promise<void>
}

export async function startMuster(
  yaml: string,
  options: Partial<NotifierOptions> = {},
): Promise<MusterRig> {
  const folder = await mkdtemp(path.join(tmpdir(), 'muster-notify-'))
  const registry = new Registry()
  const logger = recordingLogger()
  const userAgent = 'muster/test'
  const mechanisms = [
    staticMechanism(),
    fileMechanism({ registry }),
    consulMechanism({ registry, userAgent, env: {} }),
  ]
  const discovery = new DiscoveryManager({ name: 'notify', metrics: discoveryMetrics(registry) })
  const notifier = new Notifier({
    updates: discovery.updates,
    createTransport: (config) => httpTransport(config, { userAgent }),
    registry,
    logger,
    ...options,
  })
  const write = async (name: string, content: string): Promise<void> => {
    await writeFile(path.join(folder, `${name}.new`), content)
    await rename(path.join(folder, `${name}.new`), path.join(folder, name))
  }
  const reload = async (text: string): Promise<void> => {
    await write('prometheus.yml', text)
    const config = await loadConfig(path.join(folder, 'prometheus.yml'), { mechanisms })
    const prepared = [notifier.prepare(config), discovery.prepare(setsOf(config))]
    for (const part of prepared) part.commit()
  }
  await reload(yaml)
  const group = new Group().add(discovery).add(notifier)
  const over = group.run()
  const stop = async (): Promise<void> => {
    group.interrupt()
    await over
  }
  onTestFinished(async () => {
    await stop()
    await rm(folder, { recursive: true, force: true })
  })
  const metric = async (name: string, host?: string): Promise<number> => {
    const found = await registry.getSingleMetric(name)?.get()
    const values = found?.values.filter(
      ({ labels }) => host === undefined || String(labels['alertmanager']).includes(host),
    )
    return values?.reduce((sum, { value }) => sum + value, 0) ?? Number.NaN
  }
  return { notifier, logger, url: await serveRelay(notifier), folder, write, reload, metric, stop }
}

function setsOf(config: Config): SetConfigs {
  return new Map(config.alerting.alertmanagers.map((one, i) => [setName(i), one.discovery]))
}

async function serveRelay(notifier: Notifier): Promise<string> {
  const build = { version: '0.33.1', revision: 'r', branch: 'b', buildUser: 'u' }
  const relay = createRelay({
    notifier,
    build: { ...build, buildDate: '20260101-00:00:00', goVersion: 'node' },
    startedAt: new Date(),
    config: () => '',
  })
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const json = { 'Content-Type': 'application/json' }
      if (request.url === '/api/v2/status') {
        response.writeHead(200, json).end(JSON.stringify(relay.status()))
      } else {
        const body = Buffer.concat(chunks).toString('utf8')
        relay.post(body, request.headers['content-type']).then(
          (answer) => response.writeHead(answer.status, json).end(answer.body),
          (error: unknown) => response.destroy(error as Error),
        )
      }
    })
  })
  const { address } = await listen(server)
  return `http://${address}`
}
