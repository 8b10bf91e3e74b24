import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Registry } from 'prom-client'
import { asyncScheduler, type SchedulerLike } from 'rxjs'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { AlertLog, type AlertLogOptions } from '../../src/notifier/alert-log.js'
import { type KeptAlert, keyOf, lineOf, readLine } from '../../src/notifier/alert-record.js'
import type { Alert } from '../../src/notifier/index.js'
import { until } from '../helpers/until.js'
import { recordingLogger } from './recording-logger.js'

const at = Date.UTC(2026, 0, 1)
const hour = 3_600_000
const alert = (n: number | string, endsAt: number = at + hour, summary = ''): Alert => ({
  labels: { n: String(n) },
  annotations: { summary },
  endsAt: new Date(endsAt),
})

let folder = ''
beforeEach(() => {
  const made = mkdtempSync(path.join(tmpdir(), 'muster-alert-log-'))
  folder = path.join(made, 'state')
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
})
const file = (): string => path.join(folder, 'alerts.log')
const lock = (): string => path.join(folder, 'lock')

/** A log on the folder of this test, whose time the test sets. */
function logOf(options: Partial<AlertLogOptions> = {}) {
  const clock = { now: at }
  const scheduler: SchedulerLike = {
    now: () => clock.now,
    schedule: asyncScheduler.schedule.bind(asyncScheduler),
  }
  const registry = new Registry()
  const logger = recordingLogger()
  const restored: KeptAlert[] = []
  const log = new AlertLog({
    folder,
    scheduler,
    registry,
    logger,
    restore: (kept) => void restored.push(kept),
    ...options,
  })
  const over = log.execute()
  let isOver = false
  const stop = async (): Promise<void> => {
    isOver = true
    log.interrupt()
    await over
  }
  onTestFinished(() => (isOver ? undefined : stop()))
  const metric = async (name: string): Promise<number> =>
    (await registry.getSingleMetric(`muster_alert_log_${name}`)?.get())?.values[0]?.value ?? NaN
  const shown = (): string =>
    restored
      .map(
        ({ alert: { labels, annotations } }) =>
          `${labels['n'] ?? ''}${annotations?.['summary'] ?? ''}`,
      )
      .join(' ')
  return { log, clock, logger, restored, shown, metric, stop }
}

/** Keeps alerts, and ends. */
async function keptBefore(...lists: readonly (readonly Alert[])[]): Promise<void> {
  const { log, stop } = logOf()
  for (const alerts of lists) expect(await log.keep(alerts, at)).toEqual({ kind: 'kept' })
  await stop()
}

/** What the next run begins with, and what it logs. */
async function restoredNow(options: Partial<AlertLogOptions> = {}) {
  const rig = logOf(options)
  await rig.log.keep([alert('next')], at)
  await rig.stop()
  return {
    shown: rig.shown(),
    messages: rig.logger.messages(),
    damaged: await rig.metric('damaged_lines_total'),
  }
}

describe('AlertLog', () => {
  it('gives the next run what is valid, the latest state of each, with its times', async () => {
    await keptBefore(
      [alert(1), alert(2, at + hour, 'old')],
      [alert(2, at + hour, 'new'), { labels: { n: '3' } }],
    )
    const { log, restored, shown, stop } = logOf()
    await log.keep([alert(4)], at)
    expect(shown()).toBe('1 2new 3')
    expect(restored.map((kept) => [kept.at, kept.validUntil])).toEqual([
      [at, at + hour],
      [at, at + hour],
      [at, at + 300_000],
    ])
    expect(restored[0]?.alert).toEqual(alert(1))
    await stop()
    expect(readdirSync(folder)).toEqual(['alerts.log'])
  })

  it.each([
    { name: 'a firing alert that is over', end: at + 1000, afterMs: 1000, shown: '' },
    { name: 'a firing alert that is not', end: at + 1000, afterMs: 999, shown: '1' },
    {
      name: 'a resolved alert for a quarter of an hour',
      end: at - 5,
      afterMs: 899_999,
      shown: '1',
    },
    { name: 'no resolved alert any longer', end: at - 5, afterMs: 900_000, shown: '' },
  ])('keeps $name', async ({ end, afterMs, shown }) => {
    await keptBefore([alert(1, end)])
    const now = at + afterMs
    const scheduler = { now: () => now, schedule: asyncScheduler.schedule.bind(asyncScheduler) }
    expect((await restoredNow({ scheduler })).shown).toBe(shown)
    expect(readFileSync(file(), 'utf8').includes('"n":"1"')).toBe(shown !== '')
  })

  it.each([
    { name: 'half a line at the end', damage: (text: string) => text.slice(0, -10), shown: '1 2' },
    { name: 'a line without its break', damage: (text: string) => text.slice(0, -1), shown: '1 2' },
    { name: 'zeros at the end', damage: (text: string) => `${text}\0\0\0`, shown: '1 2 3' },
    { name: 'something else behind', damage: (text: string) => `${text}{}\n`, shown: '1 2 3' },
    {
      name: 'a changed letter',
      damage: (text: string) => text.replace('"n":"2"', '"n":"7"'),
      shown: '1 3',
    },
    {
      name: 'a checksum of something that is not an alert',
      damage: (text: string) =>
        text + lineOf({ alert: { labels: { n: 9 } as never }, at, validUntil: at }),
      shown: '1 2 3',
    },
  ])('leaves out $name, with a warning', async ({ damage, shown }) => {
    await keptBefore([alert(1), alert(2), alert(3)])
    writeFileSync(file(), damage(readFileSync(file(), 'utf8')))
    const first = await restoredNow()
    expect([first.shown, first.damaged]).toEqual([shown, 1])
    expect(first.messages[0]).toBe('Damaged lines of the alert log are left out (1)')
    const second = await restoredNow()
    expect([second.shown, second.damaged]).toEqual([`${shown} next`, 0])
  })

  it.each([
    {
      name: 'a file of something else',
      make: () => writeFileSync(file(), 'precious\n'),
      says: /is not an alert log/,
    },
    {
      name: 'one of a later version',
      make: () => writeFileSync(file(), 'muster alert log 2\n'),
      says: /this version/,
    },
    { name: 'a folder', make: () => execFileSync('mkdir', [file()]), says: /is a directory/ },
    {
      name: 'a pipe',
      make: () => makePipe(file()),
      says: /not a regular file but a pipe/,
    },
    {
      name: 'a pipe as the lock',
      make: () => makePipe(lock()),
      says: /a pipe/,
    },
    {
      name: 'a link',
      make: () => execFileSync('ln', ['-s', '/dev/null', file()]),
      says: /symbolic link/,
    },
  ])('leaves $name alone, and says in each answer what it is', async ({ make, says }) => {
    execFileSync('mkdir', [folder])
    make()
    const before = statSync(file(), { throwIfNoEntry: false })?.ino
    const { log, logger, stop } = logOf()
    const result = await log.keep([alert(1)], at)
    expect(result.kind === 'not kept' && result.reason).toMatch(says)
    expect(logger.messages()).toEqual(['The alert log cannot be used, trying again'])
    await stop()
    expect(statSync(file(), { throwIfNoEntry: false })?.ino).toBe(before)
  })

  it('syncs once for all posts that wait', async () => {
    const { log, metric } = logOf()
    await log.keep([alert('first')], at)
    const before = await metric('commits_total')
    const results = await Promise.all(
      Array.from({ length: 500 }, (_, i) => log.keep([alert(i)], at)),
    )
    expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(['kept']))
    expect((await metric('commits_total')) - before).toBeLessThanOrEqual(3)
    expect(await metric('alerts')).toBe(501)
  })

  it('refuses what is over its bound, and takes it again when others are over', async () => {
    const bytes = Buffer.byteLength(lineOf({ alert: alert(1), at, validUntil: at + hour }))
    const { log, clock, metric } = logOf({ maxBytes: 3 * bytes })
    expect(await log.keep([alert(1, at + 1000), alert(2), alert(3)], at)).toEqual({ kind: 'kept' })
    expect(await log.keep([alert(4)], at)).toEqual({
      kind: 'not kept',
      reason: `the alerts that are kept take ${String(3 * bytes)} bytes already`,
    })
    expect(await metric('failures_total')).toBe(1)
    clock.now = at + 1000
    expect(await log.keep([alert(4)], at)).toEqual({ kind: 'kept' })
  })

  it('replaces the file when most of it is over', async () => {
    const long = 'x'.repeat(10_000)
    const { log, stop, metric } = logOf()
    for (let round = 0; round < 40; round += 1) {
      const states = Array.from({ length: 10 }, (_, n) =>
        alert(n, at + hour, `${long}${String(round)}`),
      )
      expect(await log.keep(states, at)).toEqual({ kind: 'kept' })
    }
    expect(statSync(file()).size).toBeLessThan(1_200_000)
    expect(await metric('size_bytes')).toBe(statSync(file()).size)
    await stop()
    const { restored, log: next } = logOf()
    await next.keep([], at)
    await until('restored', () => restored.length === 10)
    for (const { alert: kept } of restored) expect(kept.annotations?.['summary']).toBe(`${long}39`)
  })

  it('begins to keep alerts once a file that it cannot read is gone', async () => {
    await keptBefore([alert(1), alert(2)])
    const text = readFileSync(file(), 'utf8')
    writeFileSync(file(), 'something else\n')
    const { log, shown } = logOf()
    expect((await log.keep([alert(2)], at)).kind).toBe('not kept')
    writeFileSync(file(), text)
    await until('it is open', async () => (await log.keep([alert(3)], at)).kind === 'kept')
    expect(shown()).toBe('1 2')
  })

  it('removes what a process left that was killed while it replaced the file', async () => {
    await keptBefore([alert(1)])
    appendFileSync(`${file()}.0a.tmp`, 'half')
    expect((await restoredNow()).shown).toBe('1')
    expect(readdirSync(folder)).toEqual(['alerts.log'])
  })

  it('takes no alert after it was stopped', async () => {
    const { log, stop } = logOf()
    await log.keep([alert(1)], at)
    await stop()
    expect(await log.keep([alert(2)], at)).toMatchObject({ kind: 'not kept' })
  })
})

describe('the folder of an AlertLog', () => {
  it('is had by one at a time; the next takes it when that one ends', async () => {
    const first = logOf()
    await first.log.keep([alert(1)], at)
    const second = logOf()
    const result = await second.log.keep([alert(2)], at)
    expect(result.kind === 'not kept' && result.reason).toMatch(/used by another process \(pid \d+/)
    await first.log.keep([alert(3)], at)
    await first.stop()
    await until('it is open', async () => (await second.log.keep([alert(4)], at)).kind === 'kept')
    expect(second.shown()).toBe('1 3')
  })

  it('is taken at once where its owner was killed', async () => {
    await keptBefore([alert(1)])
    const { log, stop } = logOf()
    await log.keep([alert(2)], at)
    const owner = JSON.parse(readFileSync(lock(), 'utf8')) as Record<string, unknown>
    await stop()
    for (const gone of [{ pid: 4_194_303 }, { start: '1' }]) {
      writeFileSync(lock(), JSON.stringify({ ...owner, token: 'x', ...gone }))
      expect((await restoredNow()).shown).toMatch(/^1 2/)
    }
  })

  it.each([
    { name: 'shows nothing', touches: false },
    { name: 'still runs', touches: true },
  ])('of another host whose owner $name', async ({ touches }) => {
    execFileSync('mkdir', [folder])
    const other = { pid: 1, host: 'elsewhere', place: 'p', start: '1', token: 't' }
    writeFileSync(lock(), JSON.stringify(other))
    let ms = 0
    let looks = 0
    const scheduler: SchedulerLike = {
      now: () => at,
      schedule: (work, _delay, state) => {
        looks += 1
        ms += 1000
        if (touches && looks > 2)
          writeFileSync(lock(), JSON.stringify({ ...other, start: String(looks) }))
        return asyncScheduler.schedule(work as never, 0, state as never)
      },
    }
    const { logger } = logOf({ scheduler, now: () => ms })
    await until('it is decided', () => logger.messages().length > 0)
    const [message] = logger.messages()
    expect(message).toBe(
      touches ? 'The alert log cannot be used, trying again' : 'Alert log is open',
    )
  })

  it('is lost where another process took it, and nothing is promised then', async () => {
    const clock = { ms: 0 }
    const { log } = logOf({ now: () => clock.ms })
    await log.keep([alert(1)], at)
    const owner = JSON.parse(readFileSync(lock(), 'utf8')) as Record<string, unknown>
    writeFileSync(lock(), JSON.stringify({ ...owner, token: 'x' }))
    clock.ms = 10_000
    const result = await log.keep([alert(2)], at)
    expect(result.kind === 'not kept' && result.reason).toMatch(/used by another process/)
  })
})

describe('a line of the log', () => {
  const odd = { '': '', 'a"b': 'c\nd', 'ü\u2028': '\ud800', __proto__x: '\0' }
  it.each([
    { labels: { n: '1' } },
    { labels: odd, annotations: odd, generatorURL: 'http://x/?a=b' },
    { labels: { a: 'x'.repeat(100_000) }, startsAt: new Date(0), endsAt: new Date(1) },
  ] satisfies readonly Alert[])('gives back %#', (given) => {
    const kept = { alert: given, at, validUntil: at + 1 }
    const line = lineOf(kept)
    expect(line.slice(0, -1)).not.toContain('\n')
    expect(readLine(line.slice(0, -1))).toEqual(JSON.parse(JSON.stringify(kept), revive))
    expect(readLine(line.slice(0, -2))).toBe(undefined)
  })

  it('names an alert by its labels that have a value, in any order', () => {
    const key = keyOf({ labels: { b: '2', a: '1', c: '' } })
    expect(keyOf({ labels: { a: '1', b: '2' } })).toBe(key)
    expect(keyOf({ labels: { a: '1' } })).not.toBe(key)
  })
})

function makePipe(at: string): void {
  execFileSync('sh', ['-c', 'mkfifo "$0"', at])
}

function revive(key: string, value: unknown): unknown {
  return key === 'startsAt' || key === 'endsAt' ? new Date(String(value)) : value
}
