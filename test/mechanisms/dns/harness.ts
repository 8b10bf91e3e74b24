import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Registry } from 'prom-client'
import { firstValueFrom, map, type Subscription, asyncScheduler, type SchedulerLike } from 'rxjs'
import { onTestFinished } from 'vitest'
import { dnsMechanism } from '../../../src/mechanisms/dns/index.js'
import type { Discoverer, TargetGroup } from '../../../src/discovery/index.js'
import { decodeText } from '../../../src/yaml/index.js'
import { testContext, type TestContext } from '../../../src/testing/discovery/index.js'

/** A DNS mechanism whose resolv.conf and port are a test's. */
export interface Harness {
  readonly context: TestContext<SchedulerLike>
  readonly registry: Registry
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
  const registry = new Registry()
  const mechanism = dnsMechanism({ registry, resolvConf: file, port })
  const context = testContext(asyncScheduler)
  const discoverer = (yaml: string): Discoverer => {
    const { value, issues } = decodeText(mechanism.section, 'sd.yml', yaml)
    if (issues.length > 0) throw new Error(issues.map((issue) => issue.message).join('; '))
    return mechanism.create(value, context)
  }
  return {
    context,
    registry,
    writeConfig: (text) => writeFile(file, text),
    discoverer,
    first: (yaml) => firstValueFrom(discoverer(yaml).findings().pipe(map(context.take))),
    collect(yaml) {
      const groups: (readonly TargetGroup[])[] = []
      const subscription = discoverer(yaml)
        .findings()
        .subscribe((finding) => groups.push(context.take(finding)))
      onTestFinished(() => subscription.unsubscribe())
      return { groups, subscription }
    },
  }
}
