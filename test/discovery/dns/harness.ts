import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Registry } from 'prom-client'
import { asyncScheduler, firstValueFrom, type Subscription } from 'rxjs'
import { onTestFinished, vi } from 'vitest'
import { dnsMechanism } from '../../../src/discovery/dns/index.js'
import type { DiscovererContext, Discoverer } from '../../../src/discovery/index.js'
import type { TargetGroup } from '../../../src/discovery/index.js'
import type { LogFields, Logger } from '../../../src/telemetry/index.js'
import { decodeText } from '../../../src/yaml/index.js'

/** A log line that a test looks at. */
export interface Line {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: LogFields
}

/** A DNS mechanism whose resolv.conf and port are a test's. */
export interface Harness {
  readonly lines: Line[]
  readonly errors: unknown[]
  readonly registry: Registry
  /** How often it said that all is well without emitting anything. */
  readonly wells: () => number
  writeConfig(text: string): Promise<void>
  discoverer(yaml: string): Discoverer
  /** What the first poll gives. */
  first(yaml: string): Promise<readonly TargetGroup[]>
  /** Everything that is emitted from now on. */
  collect(yaml: string): {
    readonly groups: (readonly TargetGroup[])[]
    readonly subscription: Subscription
  }
}

export async function harness(port: number, resolvConf: string): Promise<Harness> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'muster-dns-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const file = path.join(directory, 'resolv.conf')
  await writeFile(file, resolvConf)
  const lines: Line[] = []
  const errors: unknown[] = []
  const wells = vi.fn()
  const registry = new Registry()
  const mechanism = dnsMechanism({ registry, resolvConf: file, port })
  const context: DiscovererContext = {
    logger: recordingLogger(lines),
    set: 'test',
    scheduler: asyncScheduler,
    random: () => 0.5,
    refreshMetrics: { observe: () => undefined, failed: () => undefined },
    reportError: (error) => {
      errors.push(error)
    },
    reportHealthy: wells,
  }
  const discoverer = (yaml: string): Discoverer => {
    const { value, issues } = decodeText(mechanism.section, 'sd.yml', yaml)
    if (issues.length > 0) throw new Error(issues.map((issue) => issue.message).join('; '))
    return mechanism.create(value, context)
  }
  return {
    lines,
    errors,
    registry,
    wells: () => wells.mock.calls.length,
    writeConfig: (text) => writeFile(file, text),
    discoverer,
    first: (yaml) => firstValueFrom(discoverer(yaml).groups()),
    collect(yaml) {
      const groups: (readonly TargetGroup[])[] = []
      const subscription = discoverer(yaml)
        .groups()
        .subscribe((group) => groups.push(group))
      onTestFinished(() => subscription.unsubscribe())
      return { groups, subscription }
    },
  }
}

function recordingLogger(lines: Line[]): Logger {
  const at =
    (level: Line['level']) =>
    (message: string, fields: LogFields = {}) => {
      lines.push({ level, message, fields })
    }
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  }
  return logger
}
