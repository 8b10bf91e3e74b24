import { expect, type TestContext } from 'vitest'
import { until } from '../../helpers/daemon.js'
import type { Rig } from './rig.js'
import { timeless } from './row.js'
import { noMoreThan, type Settling } from './vitals.js'

/** Something that goes wrong outside of muster, and how it ends. Targets are `host:port`. */
export interface Fault {
  readonly fault: string
  /** In words, for the table. */
  readonly kept: string
  /** The mechanism whose provider suffers. */
  readonly mechanism: string
  readonly before: readonly string[]
  readonly begin: () => unknown
  /** What is shown while it lasts; default: what was before. */
  readonly during?: readonly string[]
  /** What the provider says; left out: nothing, since nothing is wrong. */
  readonly says?: RegExp
  /** A line of the log, where no provider says anything. */
  readonly logs?: RegExp
  /** How long it may take until it is seen; default a minute. */
  readonly patienceMs?: number
  /** For a fault that nothing tells: when the table says so. */
  readonly shown?: string
  /** Ends the fault, and changes the targets, so that recovery can be seen. */
  readonly end: () => unknown
  readonly after: readonly string[]
  readonly settles?: Settling
}

/**
 * Puts a muster through a fault: the last good state is kept, through a reload as well; the error is
 * seen in the API, the metrics and the log; once the cause is gone all is well without a restart, and
 * the process holds nothing more than before.
 */
export async function endure(rig: Rig, fault: Fault, { task }: TestContext): Promise<void> {
  const { before, during = before, after } = fault
  await rig.reload(['a', 'b'])
  await shows(rig, ['a', 'b'], before)
  await rig.reload(['a'])
  await shows(rig, ['a'], before)
  const vitals = await rig.vitals()

  const logged = rig.log().length
  await fault.begin()
  const shown = await seen(rig, fault, logged)
  await shows(rig, ['a'], during)
  await rig.reload(['a', 'b'], 'beside')
  await shows(rig, ['a', 'b'], during)
  await rig.reload(['a', 'b'])
  await shows(rig, ['a', 'b'], during)

  await fault.end()
  const ended = performance.now()
  await shows(rig, ['a', 'b'], after)
  await isWell(rig, fault.mechanism)
  const recoveryMs = performance.now() - ended
  await rig.reload(['a'])
  await shows(rig, ['a'], after)
  await noMoreThan(vitals, () => rig.vitals(), fault.settles)
  task.meta.faultRow = {
    part: fault.mechanism,
    fault: fault.fault,
    kept: fault.kept,
    shown,
    recoveryMs,
  }
}

/** Waits until the targets of each of the jobs are these; those of the one beside may be any. */
export async function shows(
  rig: Rig,
  jobs: readonly string[],
  hosts: readonly string[],
): Promise<void> {
  const want = jobs.flatMap((job) => hosts.map((host) => `${job} ${host}`)).sort()
  let last: readonly string[] = []
  try {
    await until('the targets are right', async () => {
      last = (await rig.targets()).filter((target) => !target.startsWith('beside '))
      return JSON.stringify(last) === JSON.stringify(want)
    })
  } catch (error) {
    expect(last, `targets; the log ends: ${rig.log().slice(-2000)}`).toEqual(want)
    throw error
  }
}

/** Waits until the fault is seen wherever it has to be, and says how. */
async function seen(rig: Rig, fault: Fault, logged: number): Promise<string> {
  const { mechanism, says, logs, patienceMs } = fault
  const line = logs ?? says
  if (line !== undefined) {
    const isLogged = (): boolean => line.test(rig.log().slice(logged))
    await until(`the log says ${String(line)}`, isLogged, patienceMs)
  }
  if (says === undefined) {
    await isWell(rig, mechanism)
    return fault.shown ?? 'nothing is wrong'
  }
  let shown = ''
  await until(`a provider says ${String(says)}`, async () => {
    const found = (await rig.providers()).find((p) => p.mechanism === mechanism)
    shown = `${found?.state ?? ''}: ${found?.lastError?.message ?? ''}`
    return found?.state === 'failing' && says.test(shown)
  })
  await until('the metric says so too', async () => (await healthy(rig, mechanism)) === '0')
  return timeless(shown)
}

async function isWell(rig: Rig, mechanism: string): Promise<void> {
  await until(`${mechanism} is well`, async () => {
    const found = (await rig.providers()).filter((p) => p.mechanism === mechanism)
    return (
      found.length === 1 && found[0]?.state === 'running' && (await healthy(rig, mechanism)) === '1'
    )
  })
}

/** The value of the provider's health in the metrics. */
async function healthy(rig: Rig, mechanism: string): Promise<string | undefined> {
  const series = new RegExp(
    `^muster_sd_provider_healthy\\{[^}]*provider="${mechanism}/[0-9]+"[^}]*\\} (\\S+)$`,
    'm',
  )
  return series.exec(await rig.metrics())?.[1]
}
