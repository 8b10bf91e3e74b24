import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { captureAlerts } from '../notifier/capture-alerts.js'
import { Daemon, until, Workspace } from '../helpers/daemon.js'
import { freePort } from '../helpers/free-port.js'
import { describeWithPeers } from '../helpers/peers.js'
import { RealAlertmanager } from '../helpers/real-alertmanager.js'
import { hang } from './harness/hung-folder.js'
import { timeless } from './harness/row.js'

const part = 'alert log'

let files: Workspace
beforeEach(() => {
  const made = new Workspace()
  files = made
  // The first to be registered is the last to run: what is mounted in it has to go before.
  onTestFinished(() => made.remove())
})

/** A muster that relays to one address and keeps alerts in a folder of this test. */
async function relaying(address: string, state = files.path('state')): Promise<Daemon> {
  const section = `{static_configs: [{targets: ['${address}']}]}`
  const config = files.write('prometheus.yml', `alerting: {alertmanagers: [${section}]}\n`)
  const daemon = await Daemon.start(config, ['--notifier.relay', `--notifier.state-dir=${state}`])
  onTestFinished(() => daemon.stop())
  return daemon
}

interface Answer {
  readonly status: number
  readonly text: string
}

async function post(daemon: Daemon, numbers: readonly number[], summary = ''): Promise<Answer> {
  const endsAt = new Date(Date.now() + 3_600_000).toISOString()
  const alerts = numbers.map((n) => ({
    labels: { n: String(n) },
    annotations: { summary },
    endsAt,
  }))
  const response = await fetch(`${daemon.url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(alerts),
  })
  return { status: response.status, text: await response.text() }
}

/** Random numbers of a seed, in [0, 1). */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

/**
 * Posts alerts in lists of random lengths, eight at a time, until all were answered or the daemon is killed: when
 * a number of them were answered with 200.
 */
async function postUntilKilled(
  daemon: Daemon,
  numbers: readonly number[],
  killAfter: number,
  random: () => number,
): Promise<ReadonlySet<number>> {
  const kept = new Set<number>()
  const rest = [...numbers]
  const sender = async (): Promise<void> => {
    while (rest.length > 0) {
      const list = rest.splice(0, 1 + Math.floor(random() * 40))
      const answer = await post(daemon, list).catch(() => undefined)
      if (answer === undefined) return
      expect(answer).toEqual({ status: 200, text: '' })
      for (const n of list) kept.add(n)
      if (kept.size >= killAfter) daemon.kill('SIGKILL')
    }
  }
  await Promise.all(Array.from({ length: 8 }, sender))
  return kept
}

/** Kills muster three times among 10,000 alerts. @returns how long an Alertmanager then waits for what was kept */
async function survives(seed: number): Promise<number> {
  const random = dice(seed)
  const address = `127.0.0.1:${String(await freePort())}`
  const state = files.path(`state-${String(seed)}`)
  const answered = new Set<number>()
  for (let kills = 0; kills < 3; kills += 1) {
    const daemon = await relaying(address, state)
    const left = Array.from({ length: 10_000 }, (_, n) => n).filter((n) => !answered.has(n))
    const kept = await postUntilKilled(daemon, left, Math.floor(random() * 3000), random)
    expect(await daemon.exited).toEqual({ code: null, signal: 'SIGKILL' })
    for (const n of kept) answered.add(n)
  }
  expect(answered.size).toBeGreaterThan(0)
  expect(answered.size).toBeLessThan(10_000)
  // No Alertmanager has been there so far: all it gets comes from the folder.
  const daemon = await relaying(address, state)
  const alertmanager = await RealAlertmanager.start(Number(address.split(':')[1]))
  const began = performance.now()
  await until('it has every alert that was answered with 200', async () => {
    const firing = new Set(await alertmanager.firing())
    return [...answered].every((n) => firing.has(String(n)))
  })
  const recoveryMs = performance.now() - began
  await alertmanager.stop()
  await daemon.stop()
  return recoveryMs
}

describeWithPeers('the alert log and a real Alertmanager', ['alertmanager'], () => {
  it('is killed in the middle of 10,000 alerts, by three seeds', async ({ task }) => {
    const recoveries: number[] = []
    for (const seed of [1, 2, 3]) recoveries.push(await survives(seed))
    task.meta.faultRow = {
      part,
      fault:
        'muster is killed (SIGKILL) three times in the middle of 10,000 alerts, without an Alertmanager',
      kept: 'each alert that was answered with 200: the Alertmanager that comes later gets all of them',
      shown: 'the sender has no answer for what may not be kept',
      recoveryMs: Math.max(...recoveries),
    }
  })
})

describe('the folder of the alert log', () => {
  it('is on a disk that is full', async ({ task }) => {
    const capture = await captureAlerts()
    const disk = files.path('disk')
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'small', disk])
    onTestFinished(() => void execFileSync('umount', ['--lazy', disk]))
    const daemon = await relaying(capture.address, files.path('disk/state'))
    expect((await post(daemon, [1])).status).toBe(200)
    const filler = files.path('disk/filler')
    try {
      writeFileSync(filler, Buffer.alloc(4 * 1024 * 1024))
    } catch {
      // That it is full is what is wanted.
    }
    const long = 'x'.repeat(10_000)
    const refused = await post(daemon, [2], long)
    expect(refused.status).toBe(503)
    expect(refused.text).toContain('the alerts are sent, but not kept: no space left on device')
    await until('it is sent all the same', () =>
      capture.posts.some(({ body }) => body.includes('"n":"2"')),
    )
    expect((await daemon.get('/-/healthy')).status).toBe(200)
    expect((await daemon.get('/metrics')).text).toContain('muster_alert_log_failures_total 1')
    expect(daemon.stderr).toContain('Alerts cannot be kept')
    rmSync(filler)
    const ended = performance.now()
    await until('alerts are kept again', async () => (await post(daemon, [3], long)).status === 200)
    const recoveryMs = performance.now() - ended
    daemon.kill('SIGKILL')
    await daemon.exited
    const since = capture.posts.length
    await relaying(capture.address, files.path('disk/state'))
    const restored = (): string =>
      capture.posts
        .slice(since)
        .map(({ body }) => body)
        .join('')
    await until('what was answered with 200 is there', () => {
      const bodies = restored()
      return bodies.includes('"n":"1"') && bodies.includes('"n":"3"')
    })
    expect(restored()).not.toContain('"n":"2"')
    task.meta.faultRow = {
      part,
      fault: 'the disk of the folder is full',
      kept: 'what was kept before; new alerts are sent, but not kept',
      shown: timeless(`the answer: 503 ${refused.text}`),
      recoveryMs,
    }
  })

  it('hangs', async ({ task }) => {
    const capture = await captureAlerts()
    mkdirSync(files.path('state'))
    const daemon = await relaying(capture.address)
    expect((await post(daemon, [1])).status).toBe(200)
    const end = hang(files.path('state'))
    const answers = [post(daemon, [2]), post(daemon, [3])]
    // Nothing of the daemon waits with them.
    await until('they are sent', () => capture.posts.some(({ body }) => body.includes('"n":"3"')))
    const began = performance.now()
    expect((await daemon.get('/-/healthy')).status).toBe(200)
    expect(performance.now() - began).toBeLessThan(3000)
    await Promise.all(answers)
    // The file that is open answers, though its folder does not, until the daemon looks at the folder again.
    const refused = await refusedPost(daemon)
    expect(refused.status).toBe(503)
    expect(refused.text).toContain('does not answer')
    daemon.kill('SIGTERM')
    const { code, signal } = await daemon.exited
    expect([0, null]).toContain(code)
    expect([null, 'SIGTERM']).toContain(signal)
    end()
    task.meta.faultRow = {
      part,
      fault: 'the folder does not answer',
      kept: 'all requests go on; alerts are sent, but not kept; SIGTERM ends the process',
      shown: timeless(`the answer: 503 ${refused.text}`),
      recoveryMs: 0,
    }
  })

  it.each([
    {
      name: 'does not answer at the start',
      begin: (): (() => void) => {
        mkdirSync(files.path('state'))
        return hang(files.path('state'))
      },
      says: 'does not answer',
    },
    {
      name: 'is a pipe that nothing writes',
      begin: (): (() => void) => {
        makePipe(files.path('state'))
        return () => rmSync(files.path('state'))
      },
      says: 'is not a folder',
    },
    {
      name: 'has a pipe in place of the log',
      begin: (): (() => void) => {
        mkdirSync(files.path('state'))
        makePipe(files.path('state/alerts.log'))
        return () => rmSync(files.path('state/alerts.log'))
      },
      says: 'not a regular file but a pipe',
    },
  ])('$name', async ({ begin, says }) => {
    const capture = await captureAlerts()
    const end = begin()
    const daemon = await relaying(capture.address)
    const refused = await post(daemon, [1])
    expect(refused.status).toBe(503)
    expect(refused.text).toMatch(new RegExp(`${says}|not open`))
    await until('the log says so', () => daemon.stderr.includes(says))
    await until('it is sent', () => capture.posts.length > 0)
    end()
    await until('alerts are kept', async () => (await post(daemon, [2])).status === 200)
    daemon.kill('SIGTERM')
    expect(await daemon.exited).toEqual({ code: 0, signal: null })
  })

  it('is used by another muster', async ({ task }) => {
    const capture = await captureAlerts()
    const first = await relaying(capture.address)
    const second = await relaying(capture.address)
    expect((await post(first, [1])).status).toBe(200)
    const refused = await post(second, [2])
    expect(refused.status).toBe(503)
    expect(refused.text).toContain('is used by another process')
    first.kill('SIGKILL')
    await first.exited
    const ended = performance.now()
    await until('the second has it', async () => (await post(second, [3])).status === 200)
    task.meta.faultRow = {
      part,
      fault: 'two daemons have the same folder, and the first is killed',
      kept: 'what the first had kept; the second sends what it is given, and keeps it once it has the folder',
      shown: timeless(`the answer of the second: 503 ${refused.text.replace(/ \(pid.*?\)/, '')}`),
      recoveryMs: performance.now() - ended,
    }
    expect(second.stderr).toContain('Alert log is open')
  })
})

function makePipe(at: string): void {
  execFileSync('sh', ['-c', 'mkfifo "$0"', at])
}

async function refusedPost(daemon: Daemon): Promise<Answer> {
  let answer: Answer = { status: 0, text: '' }
  await until('the hung folder is noticed', async () => {
    answer = await post(daemon, [4])
    return answer.status !== 200
  })
  return answer
}
