import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'

/** Whether a bcrypt hash is that of a password. */
export type ComparePassword = (password: string, hash: string) => Promise<boolean>

interface Job {
  readonly password: string
  readonly hash: string
  resolve(isRight: boolean): void
  reject(error: unknown): void
}

/** More comparisons than this do not wait: they are refused. */
const maxWaiting = 100

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
 * work, which must not stop everything else. The thread ends when nothing waits.
 */
export function bcryptComparer(): ComparePassword {
  const jobs: Job[] = []
  let worker: Worker | undefined

  const end = (): void => {
    const ended = worker
    worker = undefined
    // It has no work left, so it does not matter how it ends.
    ended?.removeAllListeners().terminate().catch(ignore)
  }
  const next = (): void => {
    const [job] = jobs
    if (job === undefined) end()
    else {
      worker ??= start()
      worker.postMessage({ password: job.password, hash: job.hash }, [])
    }
  }
  const start = (): Worker => {
    const bcrypt = pathToFileURL(createRequire(import.meta.url).resolve('bcryptjs')).href
    const started = new Worker(source, { eval: true, workerData: bcrypt })
    started.on('message', (answer: { isRight: boolean } | { error: string }) => {
      const job = jobs.shift()
      if ('error' in answer) job?.reject(new Error(answer.error))
      else job?.resolve(answer.isRight)
      next()
    })
    started.on('error', (error) => {
      end()
      for (const job of jobs.splice(0)) job.reject(error)
    })
    return started
  }
  return (password, hash) =>
    new Promise((resolve, reject) => {
      if (jobs.length >= maxWaiting) {
        reject(new BusyError('too many passwords wait to be compared'))
        return
      }
      jobs.push({ password, hash, resolve, reject })
      if (jobs.length === 1) next()
    })
}

function ignore(): void {}
