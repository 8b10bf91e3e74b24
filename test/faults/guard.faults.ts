import { describe, expect, it, onTestFinished, type TestContext } from 'vitest'
import { until, Workspace } from '../helpers/daemon.js'
import { describeWithPeers } from '../helpers/peers.js'
import { RealConsul } from '../helpers/real-consul.js'
import { shows } from './harness/endure.js'
import { startListing } from './harness/listing.js'
import { ProbedDaemon } from './harness/probed-daemon.js'
import type { Row } from './harness/row.js'
import { noMoreThan, type Vitals } from './harness/vitals.js'

const before = Array.from({ length: 12 }, (_, i) => `h:${String(i + 1)}`).sort()
const after = [...before, 'h:99'].sort()
/** As many, each the only instance of a service. */
const services = before.map((_, i) => `s${String(i + 1)}:${String(9001 + i)}`)
const shown =
  'a warning in the log, `guarded` in `/api/v1/providers`, `muster_sd_guard_held_targets`'

/** A daemon with a guard that shows all targets, and what it holds then. */
async function guarded(
  section: string,
  rule: string,
  targets: readonly string[] = before,
): Promise<{ readonly rig: ProbedDaemon; readonly vitals: Vitals }> {
  const rig = await ProbedDaemon.start(section, new Workspace(), [`--discovery.guard=${rule}`])
  await shows(rig, ['a'], targets)
  return { rig, vitals: await rig.vitals() }
}

const heldMetric = async (rig: ProbedDaemon): Promise<string | undefined> =>
  /^muster_sd_guard_held_targets\{.*config="a".*\} (\d+)$/m.exec(await rig.metrics())?.[1]

/** Waits until the loss of all targets is seen wherever it has to be. */
async function seenHeld(rig: ProbedDaemon): Promise<void> {
  await until('the log says so', () => rig.log().includes('Mass drop held back'))
  await until('the API says so', async () => (await rig.held())['a'] === before.length)
  await until('the metric says so', async () => (await heldMetric(rig)) === String(before.length))
}

/** Waits until the targets are these and nothing is held; gives the milliseconds it took. */
async function settled(rig: ProbedDaemon, targets: readonly string[]): Promise<number> {
  const ended = performance.now()
  await shows(rig, ['a'], targets)
  await until('nothing is held', async () => !((await rig.held())['a'] ?? 0))
  await until('the metric says so', async () => ((await heldMetric(rig)) ?? '0') === '0')
  return performance.now() - ended
}

/** The guard is on, and so patient that only a good answer ends what it holds. */
const patient = 'share=50%,minimum=10,answers=1000,after=1h'

function tell({ task }: TestContext, row: Pick<Row, 'fault' | 'kept' | 'recoveryMs'>): void {
  task.meta.faultRow = { part: 'guard', shown, ...row }
}

describe('a registry that answers with nothing, and the guard', () => {
  it('for a while', async (context) => {
    const listing = await startListing(before)
    const { rig, vitals } = await guarded(
      `http_sd_configs: [{url: 'http://${listing.address}/', refresh_interval: 1s}]`,
      patient,
    )
    listing.list([])
    await seenHeld(rig)
    await rig.reload(['a'], 'beside')
    await shows(rig, ['a'], before)
    await rig.reload(['a'])
    await shows(rig, ['a'], before)
    listing.list(after)
    const recoveryMs = await settled(rig, after)
    await noMoreThan(vitals, () => rig.vitals())
    tell(context, {
      fault: 'a server of target lists answers with an empty list for a while',
      kept: 'all targets',
      recoveryMs,
    })
  })

  it('for good', async (context) => {
    const answers = 3
    const listing = await startListing(before)
    const { rig, vitals } = await guarded(
      `http_sd_configs: [{url: 'http://${listing.address}/', refresh_interval: 2s}]`,
      `share=50%,minimum=10,answers=${String(answers)},after=1h`,
    )
    listing.list([])
    const seen: { readonly answered: number; readonly targets: number }[] = []
    let confirmed = 0
    await until('the targets are gone', async () => {
      const { length } = await rig.targets()
      seen.push({ answered: listing.answers, targets: length })
      if (listing.answers >= answers && confirmed === 0) confirmed = performance.now()
      return length === 0
    })
    // Read before the answer that confirms it was given, so they must be all.
    const early = seen.filter(({ answered }) => answered < answers)
    expect(new Set(early.map(({ targets }) => targets))).toEqual(new Set([before.length]))
    expect(rig.log()).toMatch(/Mass drop held back[\s\S]*Mass drop confirmed.* by=answers/)
    const recoveryMs = performance.now() - confirmed + (await settled(rig, []))
    await noMoreThan(vitals, () => rig.vitals())
    tell(context, {
      fault: 'a server of target lists answers with an empty list from now on',
      kept: `all targets, until ${String(answers)} equal answers confirm that they are gone`,
      recoveryMs,
    })
  })
})

describeWithPeers('a Consul that forgets, and the guard', ['consul'], () => {
  // Named services are watched one by one, without a catalog that tells of all of them at once.
  const names = [...services, 's99:9099'].map((service) => service.replace(/:.*/, ''))
  const patience = { timeout: 500_000 }
  it('one service after the other', patience, async (context) => {
    const consul = await RealConsul.start()
    onTestFinished(() => consul.stop())
    await consul.register(...services)
    const { rig, vitals } = await guarded(
      `consul_sd_configs: [{server: '${consul.address}', services: [${names.join(', ')}], refresh_interval: 30s}]`,
      patient,
      services,
    )
    await consul.kill()
    await consul.restart()
    await seenHeld(rig)
    // Those that were the first to go are back, or never went as far as to be seen.
    await shows(rig, ['a'], services)
    await rig.reload(['a'], 'beside')
    await shows(rig, ['a'], services)
    await rig.reload(['a'])
    await shows(rig, ['a'], services)
    await consul.register(...services, 's99:9099')
    const recoveryMs = await settled(rig, [...services, 's99:9099'])
    await consul.deregister('s99:9099')
    await shows(rig, ['a'], services)
    // Connections that nobody needs now are kept for five minutes, in case somebody does.
    await noMoreThan(vitals, () => rig.vitals(), { deadlineMs: 400_000 })
    tell(context, {
      fault:
        'Consul is killed, and comes back with an empty state until its twelve services are registered again',
      kept: 'all targets; what went before half was gone is back within moments',
      recoveryMs,
    })
  })
})
