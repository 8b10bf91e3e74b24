import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'

/**
 * Whether a bcrypt hash is that of a password.
 * @param from who asks: each waits for its own comparisons, not for all of another's
 */
export type ComparePassword = (password: string, hash: string, from: string) => Promise<boolean>

interface Job {
  readonly password: string
  readonly hash: string
  resolve(isRight: boolean): void
  reject(error: unknown): void
}

/** More than these do not wait beside the one that is made: those who ask for most are refused. */
const maxWaiting = 99

// Text, so that it runs from the sources and from the built package alike.
const source = `
const { parentPort, workerData } = require('node:worker_threads')
const bcrypt = import(workerData).then((module) => module.default ?? module)
parentPort.on('message', ({ password, hash }) => {
  bcrypt.then(({ compareSync }) => compareSync(password, hash)).then(
    (isRight) => parentPort.postMessage({ isRight }),
    (error) => parentPort.postMessage({ error: String(error) }),
  )
})
`

/** Too many passwords wait to be compared. */
export class BusyError extends Error {
  override readonly name = 'BusyError'
  readonly code = 'ERR_WEB_AUTH_BUSY'
}

/**
 * Compares passwords one at a time, in a thread of its own: one comparison takes a tenth of a second of
 * work, which must not stop everything else. Those who ask take turns. The thread ends when nothing waits.
 */
export function bcryptComparer(): ComparePassword {
  const line = new FairLine()
  let running: Job | undefined
  let worker: Worker | undefined

  const end = (): void => {
    const ended = worker
    worker = undefined
    // It has no work left, so it does not matter how it ends.
    ended?.removeAllListeners().terminate().catch(ignore)
  }
  const next = (): void => {
    running = line.next()
    if (running === undefined) end()
    else {
      worker ??= start()
      worker.postMessage({ password: running.password, hash: running.hash }, [])
    }
  }
  const start = (): Worker => {
    const bcrypt = pathToFileURL(createRequire(import.meta.url).resolve('bcryptjs')).href
    const started = new Worker(source, { eval: true, workerData: bcrypt })
    started.on('message', (answer: { isRight: boolean } | { error: string }) => {
      if ('error' in answer) running?.reject(new Error(answer.error))
      else running?.resolve(answer.isRight)
      next()
    })
    started.on('error', (error) => {
      end()
      running?.reject(error)
      running = undefined
      for (let job = line.next(); job !== undefined; job = line.next()) job.reject(error)
    })
    return started
  }
  return (password, hash, from) =>
    new Promise((resolve, reject) => {
      line.add(from, { password, hash, resolve, reject })
      if (running === undefined) next()
    })
}

/** Comparisons that wait, a row for each who asks. */
class FairLine {
  /** The one whose turn is next first. */
  readonly #rows: Map<string, Job[]> = new Map()
  #waiting = 0

  /** Where too many wait, the latest of the longest row is refused: this one, if no row is longer. */
  add(from: string, job: Job): void {
    const row = this.#rows.get(from) ?? []
    row.push(job)
    this.#rows.set(from, row)
    this.#waiting += 1
    if (this.#waiting <= maxWaiting) return
    const longest = [...this.#rows.values()].reduce((a, b) => (b.length > a.length ? b : a), row)
    longest.pop()?.reject(new BusyError('too many passwords wait to be compared'))
    this.#waiting -= 1
  }

  next(): Job | undefined {
    for (const [from, row] of this.#rows) {
      this.#rows.delete(from)
      const job = row.shift()
      if (row.length > 0) this.#rows.set(from, row)
      if (job === undefined) continue
      this.#waiting -= 1
      return job
    }
    return undefined
  }
}

function ignore(): void {}
