import { createHash } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { Writable } from 'node:stream'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Host } from '../../src/cli/host.js'
import { runProgram } from '../../src/cli/program.js'
import { type Config, loadConfig } from '../../src/config/index.js'
import { daemon, type DaemonGroup } from '../../src/daemon/index.js'
import { builtInMechanisms } from '../../src/mechanisms/index.js'
import { type JobPlan, type Plan, planFromSnapshot } from '../../src/plan/index.js'
import type { PlannedTarget } from '../../src/plan/plan.js'
import { readSnapshotFile } from '../../src/snapshot/index.js'

import { Turns } from '../../src/waiting/turns.js'
import { Workspace } from '../helpers/daemon.js'
import { describeWithPeers } from '../helpers/peers.js'
import { RealConsul } from '../helpers/real-consul.js'
import { until } from '../helpers/until.js'
import { changeConfig, configText, firstConfig, seeded, shards } from './random-change.js'

// A config of 1,000 jobs and 10,000 targets on a real Consul goes record, change, plan, test, reload; and what
// the plan says is what the daemon then shows, target by target, over 200 random changes (`npm run prove:plan`; 60 in CI).

const services = Array.from({ length: 100 }, (_, i) => `service-${String(i)}`)
const instances = 100
const changes = Number(process.env['PLAN_CHANGES'] ?? '60')
const seed = Number(process.env['PLAN_SEED'] ?? '1')

/** The active targets of each job, each as a text; sorted. */
type Shown = Map<string, readonly string[]>

describeWithPeers('a plan and the daemon after the reload', ['consul'], () => {
  const workspace = new Workspace()
  const file = workspace.path('prometheus.yml')
  const snapshot = workspace.path('s.muster')
  const config = firstConfig(services)
  const random = seeded(seed)
  const state: { consul?: RealConsul; group?: DaemonGroup; run?: Promise<unknown> } = {}
  const url = (): string => state.group?.urls[0]?.replace(/\/$/, '') ?? ''
  const text = (): string => configText(config, state.consul?.address ?? '')

  beforeAll(async () => {
    // The daemon holds a connection for each service, and the commands hold as many beside it.
    const limits = { http_max_conns_per_client: 1000 }
    const consul = await RealConsul.start({ config: { limits } })
    state.consul = consul
    await registerAll(consul)
    workspace.write('prometheus.yml', text())
    const group = daemon({
      configFile: file,
      web: { listenAddresses: ['127.0.0.1:0'], enableLifecycle: true },
    })
    state.group = group
    state.run = group.run()
    await until('the daemon is ready', () => group.ready.isOpen, 60_000)
    await settled(group)
  })

  afterAll(async () => {
    state.group?.interrupt('the end')
    await state.run
    await state.consul?.stop()
    workspace.remove()
  })

  it('has the targets that Consul has', async () => {
    const all = await shown(url())
    expect(all.size).toBe(services.length * shards)
    expect([...all.values()].flat()).toHaveLength(services.length * instances)
  })

  it('is recorded from the config, and the same from the running muster', async () => {
    const one = await muster('record', `--config.file=${file}`, `--out=${snapshot}`)
    expect(one.stderr).toBe('')
    expect(one.stdout).toContain(`${String(services.length * instances + 3)} targets`)
    expect(one.code).toBe(0)
    const running = workspace.path('running.muster')
    const other = await muster('record', `--url=${url()}`, `--out=${running}`)
    expect(other).toMatchObject({ code: 0, stderr: '' })
    expect(await contentsOf(running)).toEqual(await contentsOf(snapshot))
  })

  it('goes record, change, plan, test, reload by the commands', async () => {
    workspace.write('old.yml', text())
    changeConfig(config, random)
    workspace.write('prometheus.yml', text())
    const old = workspace.path('old.yml')
    const format = ['--format=json', '--top=100000']
    const planned = await muster('plan', old, file, `--snapshot=${snapshot}`, ...format)
    expect(planned).toMatchObject({ code: 0, stderr: '' })
    const asked = await muster('plan', file, `--url=${url()}`, ...format)
    expect(asked).toMatchObject({ code: 0, stderr: '' })
    const plan = JSON.parse(planned.stdout) as Plan
    expect(told(JSON.parse(asked.stdout) as Plan)).toEqual(told(plan))
    // A job that stays as it is beside those that change.
    const cases = [
      ...plan.jobs
        .filter(({ kind }) => kind !== 'gone')
        .map(({ job, after }) => [job, after] as const),
      untouched(plan),
    ]
    workspace.write('plan.muster-test.yml', testFile(cases))
    const tested = await muster('test', workspace.path('plan.muster-test.yml'))
    expect(tested.code, tested.stdout + tested.stderr).toBe(0)
    expect(tested.stdout).toContain(`${String(cases.length)} passed`)
    const before = await shown(url())
    await reload(state.group, url())
    expect(await shown(url())).toEqual(applied(before, plan))
  }, 120_000)

  it(`is exactly what comes of ${String(changes)} random changes`, async () => {
    let before = await shown(url())
    let old = await load(file)
    let alertmanagers = await alertmanagersOf(url())
    const seen = { added: 0, removed: 0, relabelled: 0, asked: 0, moved: 0, alertmanagers: 0 }
    const spent = process.cpuUsage()
    for (let i = 0; i < changes; i += 1) {
      changeConfig(config, random)
      workspace.write('prometheus.yml', text())
      const now = await load(file)
      const events = readSnapshotFile(snapshot)
      const plan = await planFromSnapshot({ before: old, after: now, events, turns: new Turns() })
      const dry = await fetch(`${url()}/-/reload?dry_run=1`, { method: 'POST' })
      expect(dry.status).toBe(200)
      // Nothing changed so far. Looking takes as long as all the rest, so it is not done each time.
      if (i % 10 === 0) expect(await shown(url())).toEqual(before)
      expect(told((await dry.json()) as Plan)).toEqual(told(plan))
      await reload(state.group, url())
      const after = await shown(url())
      const at = `change ${String(i)} of seed ${String(seed)}`
      expect(after, at).toEqual(applied(before, plan))
      const current = await alertmanagersOf(url())
      expect(current, at).toEqual(appliedTo(alertmanagers, plan))
      for (const kind of ['added', 'removed', 'relabelled', 'asked', 'moved'] as const) {
        seen[kind] += plan.totals[kind]
      }
      seen.alertmanagers += plan.alertmanagers.length
      ;[before, old, alertmanagers] = [after, now, current]
    }
    const { user, system } = process.cpuUsage(spent)
    const spentMs = Math.round((user + system) / 1000 / changes)
    process.stdout.write(`${String(spentMs)} ms of processor a change: ${JSON.stringify(seen)}\n`)
    // What never happens proves nothing.
    if (changes >= 100) expect(Object.values(seen).every((count) => count > 0)).toBe(true)
  }, 1_800_000)
})

/** Cases for `muster test`: how many active targets jobs have of what the snapshot has. */
function testFile(cases: readonly (readonly [job: string, active: number])[]): string {
  const tests = cases.map(([job, active]) => {
    return { name: `targets of ${job}`, job, groups: 's.muster', expect: { active } }
  })
  return JSON.stringify({ config_file: 'prometheus.yml', tests })
}

function untouched({ jobs }: Plan): readonly [job: string, active: number] {
  const name = services
    .map((service) => `${service}-0`)
    .find((one) => jobs.every(({ job }) => job !== one))
  return [name ?? '', instances / shards]
}

/** Instances of every service, each in one of the shards, and three Alertmanagers. */
async function registerAll(consul: RealConsul): Promise<void> {
  await consul.put('/catalog/register', { Node: 'many', Address: '10.0.0.1' })
  const each = services.flatMap((service, s) =>
    Array.from({ length: instances }, (_, i) => ({
      ID: `${service}-${String(i)}`,
      Service: service,
      Address: `10.0.${String(s)}.${String(i)}`,
      Port: 9100,
      Meta: {
        shard: String(i % shards),
        env: i % 3 === 0 ? 'test' : 'prod',
        team: `team-${String(i % 4)}`,
      },
    })),
  )
  const am = [1, 2, 3].map((i) => ({
    ID: `am-${String(i)}`,
    Service: 'alertmanager',
    Address: `127.0.1.${String(i)}`,
    Port: 1,
    Meta: { env: i === 1 ? 'test' : 'prod', shard: String(i), team: 'a' },
  }))
  const all = [...each, ...am]
  for (let from = 0; from < all.length; from += 64) {
    const operations = all
      .slice(from, from + 64)
      .map((one) => ({ Service: { Verb: 'set', Node: 'many', Service: one } }))
    await consul.put('/txn', operations)
  }
}

async function reload(group: DaemonGroup | undefined, url: string): Promise<void> {
  const answer = await fetch(`${url}/-/reload`, { method: 'POST' })
  if (answer.status !== 200) throw new Error(await answer.text())
  await answer.text()
  if (group !== undefined) await settled(group)
}

/** Everything that was found is shown. */
async function settled({ discovery, pools }: DaemonGroup): Promise<void> {
  await until(
    'discovery and pools are settled',
    () =>
      discovery.scrape.isSettled &&
      discovery.notify.isSettled &&
      pools.isSettled &&
      [...discovery.scrape.providers(), ...discovery.notify.providers()].every(
        ({ lastSuccess }) => lastSuccess !== undefined,
      ),
    60_000,
  )
}

async function shown(url: string): Promise<Shown> {
  const answer = await fetch(`${url}/api/v1/targets?state=active`)
  const { data } = (await answer.json()) as {
    readonly data: {
      readonly activeTargets: readonly (PlannedTarget & { readonly scrapePool: string })[]
    }
  }
  const found = new Map<string, string[]>()
  for (const target of data.activeTargets) add(found, target.scrapePool, target)
  return sorted(found)
}

function add(found: Map<string, string[]>, job: string, target: PlannedTarget): void {
  const list = found.get(job)
  if (list === undefined) found.set(job, [textOf(target)])
  else list.push(textOf(target))
}

function textOf({ labels, scrapeUrl, scrapeInterval, scrapeTimeout }: PlannedTarget): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([pairs, scrapeUrl, scrapeInterval, scrapeTimeout])
}

function sorted(found: ReadonlyMap<string, readonly string[]>): Shown {
  return new Map(
    [...found]
      .filter(([, list]) => list.length > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([job, list]) => [job, [...list].sort()]),
  )
}

/** What is shown once a plan is carried out. */
function applied(before: Shown, plan: Plan): Shown {
  const found = new Map([...before].map(([job, list]) => [job, [...list]]))
  const remove = (job: string, target: PlannedTarget): void => {
    const list = found.get(job) ?? []
    const at = list.indexOf(textOf(target))
    if (at < 0) throw new Error(`the plan takes what is not there: ${job} ${textOf(target)}`)
    list.splice(at, 1)
  }
  for (const { job, removed, changed } of plan.jobs) {
    for (const one of removed) remove(job, one)
    for (const one of changed) remove(job, one.before)
  }
  for (const { from, before: target } of plan.moved) remove(from, target)
  for (const { job, added, changed } of plan.jobs) {
    for (const one of added) add(found, job, one)
    for (const one of changed) add(found, job, one.after)
  }
  for (const { to, after } of plan.moved) add(found, to, after)
  for (const { job, after } of plan.jobs) {
    const count = found.get(job)?.length ?? 0
    if (count !== after && !isUntouched(plan.jobs, job)) {
      throw new Error(`job ${job} has ${String(count)} targets, and the plan says ${String(after)}`)
    }
  }
  return sorted(found)
}

/** A job of which only settings change that no target shows is not looked at. */
function isUntouched(jobs: readonly JobPlan[], name: string): boolean {
  const job = jobs.find((one) => one.job === name)
  return job !== undefined && job.same + job.before + job.after === 0
}

/** A plan without the places of the old config, which has another name or none. */
function told(plan: Plan): unknown {
  const text = JSON.stringify({ ...plan, unknown: [] }, (key, value: unknown) =>
    key === 'place' ? undefined : value,
  )
  return JSON.parse(text)
}

async function alertmanagersOf(url: string): Promise<readonly string[]> {
  const answer = await fetch(`${url}/api/v1/alertmanagers`)
  const { data } = (await answer.json()) as {
    readonly data: { readonly activeAlertmanagers: readonly { readonly url: string }[] }
  }
  return data.activeAlertmanagers.map((one) => one.url).sort()
}

function appliedTo(before: readonly string[], plan: Plan): readonly string[] {
  const found = new Set(before)
  for (const { removed } of plan.alertmanagers) for (const one of removed) found.delete(one.url)
  for (const { added } of plan.alertmanagers) for (const one of added) found.add(one)
  return [...found].sort()
}

const given = { registry: new Registry(), env: {}, userAgent: 'test' }
const mechanisms = [...builtInMechanisms(given)]

function load(file: string): Promise<Config> {
  return loadConfig(file, { mechanisms })
}

/** The groups of every provider, by its fingerprint, in no order. */
async function contentsOf(file: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>()
  let groups: string[] = []
  for await (const event of readSnapshotFile(file)) {
    if (event.kind === 'section') {
      groups = []
      found.set(`${event.section.manager} ${event.section.fingerprint}`, groups)
    } else if (event.kind === 'group') {
      groups.push(createHash('sha256').update(JSON.stringify(event.group)).digest('hex'))
    }
  }
  for (const list of found.values()) list.sort()
  return found
}

interface Answer {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function muster(...args: readonly string[]): Promise<Answer> {
  const [stdout, stderr] = [new Collected(), new Collected()]
  const host: Host = {
    env: {},
    stdout,
    stderr,
    lostLogLines: () => 0,
    signals: new EventEmitter(),
    exit: () => {},
    ready: () => undefined,
    exitSoon: () => {},
  }
  const code = await runProgram(args, host)
  return { code, stdout: stdout.text, stderr: stderr.text }
}

class Collected extends Writable {
  text = ''

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}
