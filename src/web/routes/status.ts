import os from 'node:os'
import { success } from '../reply/envelope.js'
import type { WebSources } from '../sources.js'
import { apiRoute, type WebRoute } from './route.js'

/** What the process was started with and how it stands. */
export function statusRoutes(sources: WebSources, process: ProcessInfo): readonly WebRoute[] {
  return [
    info('/status/config', () => ({ yaml: sources.config.yaml() })),
    info('/status/flags', () => sources.flags),
    info('/status/buildinfo', () => sources.build),
    info('/status/runtimeinfo', () => runtimeInfo(sources, process)),
    info('/features', () => sources.features()),
  ]
}

function info(path: string, data: () => unknown): WebRoute {
  return apiRoute(path, (c) => success(c, data()))
}

/** What the process was started with. */
export interface ProcessInfo {
  /** Milliseconds since 1970. */
  readonly startTime: number
  readonly cwd: string
  readonly hostname: string
  readonly now: () => number
}

/** Prometheus' keys; those that describe Go or a database say that there is none. */
function runtimeInfo(sources: WebSources, process: ProcessInfo): unknown {
  const lastSuccessAt = sources.config.lastSuccessAt()
  return {
    startTime: new Date(process.startTime).toISOString(),
    CWD: process.cwd,
    hostname: process.hostname,
    serverTime: new Date(process.now()).toISOString(),
    reloadConfigSuccess: sources.config.lastReloadOk(),
    lastConfigTime: lastSuccessAt === undefined ? zeroTime : new Date(lastSuccessAt).toISOString(),
    corruptionCount: 0,
    goroutineCount: 0,
    GOMAXPROCS: os.availableParallelism(),
    GOMEMLIMIT: 0,
    GOGC: '',
    GODEBUG: '',
    storageRetention: '',
  }
}

/** How Go writes the zero time. */
const zeroTime = '0001-01-01T00:00:00Z'
