import type { Reloadable } from 'muster-sd/reload'
import { type Actor, formatReport } from 'muster-sd/run'
import { daemon } from '../../../examples/daemon/daemon.js'
import type { Settings } from '../../../examples/daemon/settings.js'

/** The example daemon with one more actor and one more part, which do what FAULT says. */
const fault = process.env['FAULT'] ?? 'none'

const log = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

/** Never settles. */
const hang = (): Promise<never> => new Promise(() => {})

const faultyActor = (): Actor => {
  const ends: ((fails: boolean) => void)[] = []
  const over = new Promise<void>((resolve, reject) => {
    ends.push((fails) => (fails ? reject(new Error(fault)) : resolve()))
  })
  const settle = (fails: boolean): void => ends.forEach((end) => end(fails))
  process.on('SIGUSR2', () => settle(fault === 'crash on SIGUSR2'))
  return {
    name: 'chaos',
    execute() {
      if (fault === 'throw at the start') throw new Error(fault)
      return fault === 'reject at the start' ? Promise.reject(new Error(fault)) : over
    },
    interrupt() {
      if (fault === 'hang at the stop') return
      settle(fault === 'crash at the stop')
      if (fault === 'throw in interrupt') throw new Error(fault)
      if (fault === 'reject in interrupt') return Promise.reject(new Error(fault))
      if (fault === 'hang in interrupt') return hang()
    },
  }
}

const faultyPart = (): Reloadable<Settings> => {
  let configs = 0
  return {
    name: 'chaos',
    prepare() {
      configs += 1
      const now = ['no', 'first', 'second'][configs] ?? 'a later'
      if (fault === `refuse the ${now} config`) throw new Error(fault)
      if (fault === `hang on the ${now} config`) {
        log('the part hangs')
        return hang()
      }
      const commit = (): void => {
        if (fault === `break at the ${now} config`) throw new Error(fault)
      }
      return { commit, discard() {} }
    },
  }
}

const group = daemon({
  env: process.env,
  signals: process,
  log,
  parts: [faultyPart()],
  onForce: (report) => {
    log(`forced: ${formatReport(report)}`)
    process.exit(130)
  },
}).add(faultyActor(), { stopTimeoutMs: 300 })
try {
  await group.run()
  log('good-bye')
} catch (error) {
  log(`failed: ${String(error)}`)
  process.exit(1)
}
