import { describe, expect, it } from 'vitest'
import { Group, signalActor, type StopReport } from '../../src/run/index.js'
import { type FakeSignals, fakeSignals, leaksOf, scriptedActor } from '../../src/testing/index.js'

/** A daemon of a signal actor and one other that hangs until the test lets it go. */
function daemon(source: FakeSignals) {
  const told: string[] = []
  const forced: StopReport[] = []
  const worker = scriptedActor('worker', [], 'hang')
  const group = new Group()
  const onSignal = (signal: NodeJS.Signals): number => told.push(signal)
  const onForce = (report: StopReport): number => forced.push(report)
  group.add(signalActor({ source, group, onSignal, onForce })).add(worker)
  return { group, worker, told, forced }
}

describe('a signal', () => {
  it.each<NodeJS.Signals>(['SIGINT', 'SIGTERM'])('%s ends the group well', async (signal) => {
    const source = fakeSignals()
    const { group, worker, told } = daemon(source)
    const run = group.run()
    source.send(signal)
    worker.finish()
    await expect(run).resolves.toBeUndefined()
    expect(told).toEqual([signal])
  })

  it.each<{ title: string; sent: readonly NodeJS.Signals[]; reports: number }>([
    { title: 'a second SIGINT forces the end', sent: ['SIGINT', 'SIGINT'], reports: 1 },
    { title: 'a second SIGTERM does not', sent: ['SIGTERM', 'SIGTERM'], reports: 0 },
    { title: 'one SIGINT after a SIGTERM does not', sent: ['SIGTERM', 'SIGINT'], reports: 0 },
    {
      title: 'the second SIGINT counts whatever came between',
      sent: ['SIGINT', 'SIGTERM', 'SIGINT'],
      reports: 1,
    },
  ])('$title', async ({ sent, reports }) => {
    const source = fakeSignals()
    const { group, worker, told, forced } = daemon(source)
    const run = group.run()
    for (const signal of sent) {
      source.send(signal)
      await new Promise(setImmediate)
    }
    expect(told).toEqual([sent[0]])
    expect(forced.map((report) => report.blockers.map((one) => one.name))).toEqual(
      Array.from({ length: reports }, () => ['worker']),
    )
    worker.finish()
    await run
  })

  it('still has a listener while the group stops for another reason, and none after', async () => {
    const source = fakeSignals()
    const { group, worker } = daemon(source)
    const run = group.run()
    group.interrupt()
    await new Promise(setImmediate)
    expect(source.listenerCount()).toBe(2)
    worker.finish()
    await run
    expect(source.listenerCount()).toBe(0)
  })

  it('is only listened for where it is asked for', async () => {
    const source = fakeSignals()
    const group = new Group()
    const run = group.add(signalActor({ source, group, signals: ['SIGUSR2'] })).run()
    expect(source.send('SIGTERM')).toBe(false)
    expect(source.send('SIGUSR2')).toBe(true)
    await run
  })
})

describe('waiting for a signal', () => {
  it('keeps the process alive until the group has ended, and no longer', async () => {
    const group = new Group()
    const work = async (): Promise<void> => {
      const run = group.add(signalActor({ source: fakeSignals(), group })).run()
      expect(process.getActiveResourcesInfo()).toContain('Timeout')
      group.interrupt()
      await run
    }
    expect(await leaksOf(work)).toEqual([])
  })
})
