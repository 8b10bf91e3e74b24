import http from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { Registry } from 'prom-client'
import type { ProviderStatus } from '../../src/discovery/provider/provider-status.js'
import { silentLogger } from '../../src/telemetry/index.js'
import {
  type AppOptions,
  createApp,
  type ListView,
  ownOrigin,
  type PoolView,
  type ProviderSource,
  resolveExternalUrl,
  type SdStage,
  WebServer,
  type WebServerOptions,
  type WebSources,
} from '../../src/web/index.js'

/** A list of these texts, each a part of its own. */
export function listOf(name: string, texts: readonly string[], stamp = ''): ListView {
  return {
    name,
    stamp,
    parts: texts.map(() => ({})),
    texts: (index) => texts.slice(index, index + 1),
  }
}

/** A pool whose bodies the test gives. */
export function pool(
  name: string,
  content: Partial<Record<'active' | 'dropped' | SdStage, readonly string[]>> = {},
  version: string = '1',
): PoolView {
  const { active = [], dropped = [], relabeled = [], raw = [], unseeded = [] } = content
  const lists = {
    active: listOf(`active ${name}`, active),
    dropped: listOf(`dropped ${name}`, dropped),
    relabeled: listOf(`relabeled ${name}`, relabeled),
    raw: listOf(`raw ${name}`, raw),
    'relabeled legacy': listOf(`relabeled legacy ${name}`, relabeled),
    'raw legacy': listOf(`raw legacy ${name}`, raw),
    unseeded: listOf(`unseeded ${name}`, unseeded),
    allocated: listOf(`allocated ${name}`, unseeded),
    'unseeded legacy': listOf(`unseeded legacy ${name}`, unseeded),
  }
  return {
    name,
    version,
    activeCount: active.length,
    droppedCount: dropped.length,
    httpSdLosses: { leftOut: 0, comesBack: 0 },
    list: (kind, _form, part) =>
      part === undefined
        ? lists[kind]
        : listOf(`${kind} ${part.name} ${name}`, part.parts.map(String)),
  }
}

/** A provider that is well; the test says what is different. */
export function provider(status: Partial<ProviderStatus> = {}): ProviderStatus {
  return {
    name: 'static/0',
    mechanism: 'static',
    sets: [],
    state: 'running',
    lastSuccess: 0,
    lastError: undefined,
    consecutiveFailures: 0,
    failures: 0,
    nextTry: undefined,
    groups: 1,
    targets: 1,
    updates: 1,
    requests: 0,
    staleSince: undefined,
    ...status,
  }
}

function manager(providers: readonly ProviderStatus[]): ProviderSource {
  return {
    providers: () => providers,
    contents: () => [],
    sets: () => new Map(providers.flatMap(({ sets }) => sets.map((set) => [set, []]))),
    guarded: () => [],
    freeze: () => {
      throw new Error('not expected')
    },
    accept: () => {
      throw new Error('not expected')
    },
  }
}

/** Discovery managers with these providers. */
export function discovery(
  scrape: readonly ProviderStatus[] = [],
  notify: readonly ProviderStatus[] = [],
): WebSources['discovery'] {
  return { scrape: manager(scrape), notify: manager(notify) }
}

/** Sources of a daemon with these pools and nothing else. */
export function sources(
  pools: readonly PoolView[] = [],
  more: Partial<WebSources> = {},
): WebSources {
  return {
    readiness: () => 'ready',
    pools: {
      pools: () => pools,
      pool: (name) => pools.find((one) => one.name === name),
      configYaml: (name) =>
        pools.some((one) => one.name === name) ? `job_name: ${name}\n` : undefined,
      relabelSteps: (name, labels) =>
        pools.some((one) => one.name === name)
          ? [{ rule: {}, output: labels, keep: true }]
          : undefined,
    },
    discovery: discovery(),
    isSettled: () => true,
    alertmanagers: { alertmanagers: () => ({ active: [], dropped: [] }) },
    config: { yaml: () => 'global: {}\n', lastReloadOk: () => true, lastSuccessAt: () => 1000 },
    build: {
      version: '1.2.3',
      revision: 'r',
      branch: 'b',
      buildUser: 'u',
      buildDate: 'd',
      goVersion: 'node',
    },
    flags: { 'config.file': 'p.yml' },
    features: () => ({ prometheus: { agent_mode: false } }),
    reload: () => Promise.reject(new Error('not expected')),
    planReload: () => Promise.reject(new Error('not expected')),
    quit: () => {
      throw new Error('not expected')
    },
    ...more,
  }
}

/** What a test may set of the whole. */
export type ServeOptions = Partial<Omit<AppOptions, 'sources'>> & Partial<WebServerOptions>

export interface Served {
  readonly base: string
  readonly port: number
  readonly server: WebServer
  readonly registry: Registry
  request(path: string, options?: RequestOptions): Promise<Answer>
  stop(): Promise<void>
}

/** Serves these sources on a free port. */
export async function serve(from: WebSources, options: ServeOptions = {}): Promise<Served> {
  const registry = options.registry ?? new Registry()
  const app = createApp({
    logger: silentLogger,
    process: { startTime: 0, cwd: '/cwd', hostname: 'host', now: () => 5000 },
    routePrefix: '/',
    enableLifecycle: false,
    isOwnOrigin: ownOrigin({
      externalUrl: resolveExternalUrl('https://ext.test/muster', 'host', 0),
      listenAddresses: ['inside.test:0'],
    }),
    corsOrigin: () => true,
    instance: 'test',
    ...options,
    sources: from,
    registry,
  })
  const server = new WebServer({
    logger: silentLogger,
    listenAddresses: ['127.0.0.1:0'],
    readTimeoutMs: 300_000,
    maxConnections: 512,
    app,
    ...options,
  })
  await server.listen()
  const running = server.execute()
  const port = Number(server.addresses[0]?.split(':').at(-1))
  const base = `http://127.0.0.1:${String(port)}`
  return {
    base,
    port,
    server,
    registry,
    request: (path, requestOptions) => request(`${base}${path}`, requestOptions),
    stop: async () => {
      await server.interrupt()
      await running
    },
  }
}

export interface RequestOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly agent?: http.Agent
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly raw: Buffer
  readonly text: string
  json(): unknown
}

/** One request, its answer untouched: nothing is followed or unpacked. */
export function request(url: string, options: RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body, agent = false } = options
    const sent = http.request(url, { method, headers, agent }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () => {
        const raw = Buffer.concat(chunks)
        const text = raw.toString()
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          raw,
          text,
          json: () => JSON.parse(text) as unknown,
        })
      })
    })
    sent.once('error', reject)
    sent.end(body)
  })
}
