import { asyncScheduler } from 'rxjs'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { MechanismFactory } from '../../../src/mechanisms/kit/index.js'
import { leaksOf } from '../../../src/testing/leaks.js'
import { until } from '../../helpers/until.js'
import type { FaultCase, RunCases, Stage } from './cases.js'
import { decode, mechanismOf, Run, sorted } from './run.js'
import { testContext } from '../../../src/testing/discovery/index.js'

/** The first wait of the back-off with jitter of a half. */
const firstWaitMs = 750
const faked = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] as const
/** For so long a discovery manager collects changes. */
const collectMs = 100

/** Rows of a table of tests: the name, and what it is about. */
function byTitle<T extends { readonly title: string }>(
  cases: readonly T[],
): readonly (readonly [title: string, T])[] {
  return cases.map((one) => [one.title, one])
}

/** The tests of one way in which a mechanism finds targets. */
export function describeRun(make: MechanismFactory, cases: RunCases, folder: string): void {
  const { pace, faults, changes = [], pauses } = cases
  // One that polls is given its time exactly; the others retry at times of their own.
  const stepMs = pace === 'watches' ? 1000 : 0
  const settleMs = Math.max(collectMs, cases.lingerMs ?? 0)

  const open = async (): Promise<Stage> => {
    const stage = await cases.open(folder)
    onTestFinished(() => stage.close())
    return stage
  }

  /** Runs it, and checks that nothing is left of it and that it has shown no secret. */
  const run = async (work: (run: Run, stage: Stage) => Promise<void>): Promise<void> => {
    const stage = await open()
    let seen = ''
    const leaks = await leaksOf(
      async () => {
        const running = new Run(make, stage)
        try {
          await work(running, stage)
        } finally {
          running.end()
          vi.useRealTimers()
        }
        running.scheduler.advance(settleMs)
        expect(running.scheduler.pending).toBe(0)
        seen = await running.everything()
      },
      { emitters: { process } },
    )
    expect(leaks).toEqual([])
    await until('no connection', () => stage.connections === 0)
    // No part of a secret that is long enough to be recognised.
    for (const secret of ['geheim', ...stage.secrets]) {
      expect(seen).not.toContain(secret.slice(0, 8))
    }
  }

  /** Waits until it has found its targets, or says what it failed with. */
  const found = async (running: Run, stage: Stage): Promise<void> => {
    const failures = running.status.state === 'failing' ? running.status.failures : 0
    await running.until(
      'the targets',
      (now) => now.state === 'running' || (pace === 'polls' && now.failures > failures),
      stepMs,
    )
    expect(stage.unexpected ?? []).toEqual([])
    const { state, lastError } = running.status
    expect(state, lastError?.message).toBe('running')
  }

  it('finds its targets with every label, and asks for nothing more', async () => {
    await run(async (running, stage) => {
      await found(running, stage)
      expect(running.targets).toEqual(sorted(stage.targets))
      expect(running.status).toMatchObject({ targets: stage.targets.length, failures: 0 })
      if (stage.expected !== undefined) {
        expect(stage.asked).toEqual(stage.expected)
        expect(running.status.requests).toBe(stage.expected.length)
      }
      if (pace === 'polls') await hasCounted(running, { polls: 1, failures: 0 })
    })
  })

  if (pace === 'polls') {
    it('hands nothing on where the next search finds nothing new', async () => {
      await run(async (running, stage) => {
        await found(running, stage)
        // On a busy machine they are taken over in later turns of the event loop.
        await until('the targets', () => running.targets.length >= stage.targets.length)
        await running.until('the first success', (now) => now.lastSuccess !== undefined, stepMs)
        await settled(running)
        const count = await running.updatesOf(async () => {
          const before = running.status.lastSuccess
          running.nextSearch()
          await running.until('the answer', (now) => now.lastSuccess !== before, stepMs)
          running.scheduler.advance(collectMs)
        })
        expect(count).toBe(0)
        expect(running.status).toMatchObject({ targets: stage.targets.length, failures: 0 })
      })
    })
  }

  it('does nothing before it is started', async () => {
    const stage = await open()
    const mechanism = mechanismOf(make, stage)
    const leaks = await leaksOf(() => {
      mechanism.create(decode(mechanism, stage.config), testContext(asyncScheduler))
      return Promise.resolve()
    })
    expect(leaks).toEqual([])
    expect(stage.connections).toBe(0)
  })

  it.each(byTitle(faults))(
    'keeps its targets, says so and recovers where it %s',
    async (_, fault) => {
      await run(async (running, stage) => {
        await found(running, stage)
        await stage.begin(fault.title)
        await fail(running, stage, fault)
        expect(running.targets).toEqual(sorted(stage.targets))
        const { lastError, nextTry = 0, requests } = running.status
        const said = lastError?.message ?? ''
        if (typeof fault.says === 'string') expect(stage.named?.(said) ?? said).toBe(fault.says)
        else expect(said).toMatch(fault.says)
        await stage.mend()
        if (pace === 'polls') {
          if (cases.failsInPart !== true) expect(running.findings.at(-1)?.groups).toBeUndefined()
          const waitMs = nextTry - running.scheduler.now()
          expect(waitMs).toBe(fault.waitMs ?? firstWaitMs)
          running.scheduler.advance(waitMs - 1)
          expect(running.status.requests).toBe(requests)
          running.scheduler.advance(1)
          expect(running.status.requests).toBe(requests + 1)
        }
        await found(running, stage)
        expect(running.targets).toEqual(sorted(stage.targets))
        if (pace === 'polls') await hasCounted(running, { polls: 3, failures: 1 })
      })
    },
  )

  async function fail(running: Run, stage: Stage, { limitMs }: FaultCase): Promise<void> {
    const asked = stage.asked?.length ?? 0
    if (limitMs !== undefined) vi.useFakeTimers({ toFake: [...faked] })
    if (pace === 'polls') running.nextSearch()
    if (limitMs !== undefined) {
      await until('the request', () => stage.met ?? (stage.asked?.length ?? 0) > asked)
      await vi.advanceTimersByTimeAsync(limitMs)
    }
    await running.until('the failure', ({ state }) => state === 'failing', stepMs)
    vi.useRealTimers()
  }

  async function hasCounted(
    running: Run,
    { polls, failures }: { readonly polls: number; readonly failures: number },
  ): Promise<void> {
    const labels = `{mechanism="${running.status.mechanism}",config="job"}`
    const counted = await running.metric(`prometheus_sd_refresh_duration_seconds_count${labels}`)
    if (cases.watches === true && failures > 0) expect(counted).toBeGreaterThanOrEqual(polls)
    else expect(counted).toBe(polls)
    const failedPolls = cases.failsInPart === true ? 0 : failures
    expect(await running.metric(`prometheus_sd_refresh_failures_total${labels}`)).toBe(failedPolls)
    const { failureCounter } = cases
    if (failureCounter !== undefined) expect(await running.metric(failureCounter)).toBe(failures)
  }

  it.each(byTitle(changes))('has other targets where it %s', async (title, { targets }) => {
    await run(async (running, stage) => {
      await found(running, stage)
      await stage.begin(title)
      const changed = targets(stage.targets)
      if (pace === 'polls') running.nextSearch()
      await running.until('the change', (now) => now.targets === changed.length, stepMs)
      expect(running.targets).toEqual(sorted(changed))
      expect(running.status).toMatchObject({ state: 'running', failures: 0 })
      await stage.mend()
      if (pace === 'polls') running.nextSearch()
      await running.until('the targets', (now) => now.targets === stage.targets.length, stepMs)
      expect(running.targets).toEqual(sorted(stage.targets))
    })
  })

  it.each(pauses)('frees everything at once where it is stopped %s', async (point) => {
    const stage = await open()
    const { reached } = await stage.pause(point)
    const leaks = await leaksOf(async () => {
      const running = new Run(make, stage)
      await reached
      running.stop()
      running.scheduler.advance(settleMs)
      expect(running.scheduler.pending).toBe(0)
      await until('no connection', () => stage.connections === 0)
      expect(running.findings).toEqual([])
      running.end()
    })
    expect(leaks).toEqual([])
  })

  it('frees everything at once where it is stopped while it waits, and can be started again', async () => {
    await run(async (running, stage) => {
      for (const _ of ['first', 'second']) {
        await found(running, stage)
        expect(running.targets).toEqual(sorted(stage.targets))
        running.stop()
        expect(running.targets).toEqual([])
        running.scheduler.advance(settleMs)
        expect(running.scheduler.pending).toBe(0)
        await until('no connection', () => stage.connections === 0)
        running.start()
      }
    })
  })
}

/** Waits until what was found at first is handed on: two turns of the event loop in a row bring nothing more. */
async function settled(running: Run): Promise<void> {
  for (let quiet = 0; quiet < 2; ) {
    const count = await running.updatesOf(async () => {
      running.scheduler.advance(collectMs)
      await new Promise(setImmediate)
    })
    quiet = count === 0 ? quiet + 1 : 0
  }
}
