import { setTimeout } from 'node:timers/promises'
import type { Prepared, Reloadable } from 'muster-sd/reload'
import type { Settings } from './settings.js'

/** Jobs that wait, and the worker that does one after the other. */
export class Queue implements Reloadable<Settings> {
  readonly name = 'queue'
  readonly #jobs: string[] = []
  #jobMs = 0
  #done = 0
  #wake: () => void = () => {}

  /** Takes a job: JSON such as `{"ms": 50}`. */
  push(job: string): void {
    this.#jobs.push(job)
    this.#wake()
  }

  get counts(): { readonly waiting: number; readonly done: number } {
    return { waiting: this.#jobs.length, done: this.#done }
  }

  /** Works until the signal aborts; a job that has begun is finished first. */
  async work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const job = this.#jobs.shift()
      if (job === undefined) await this.#nextJob(signal)
      else await this.#do(job)
    }
  }

  /** Refuses what cannot work before anything changes. */
  prepare({ jobMs }: Settings): Prepared {
    if (jobMs < 0) throw new Error(`jobMs is ${String(jobMs)}: a job cannot take less than no time`)
    return {
      changes: jobMs === this.#jobMs ? [] : [`jobs take ${String(jobMs)} ms`],
      commit: () => {
        this.#jobMs = jobMs
      },
      discard() {},
    }
  }

  async #do(job: string): Promise<void> {
    const { ms = this.#jobMs } = JSON.parse(job) as { readonly ms?: number }
    await setTimeout(ms)
    this.#done += 1
  }

  #nextJob(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        signal.removeEventListener('abort', this.#wake)
        resolve()
      }
      signal.addEventListener('abort', this.#wake, { once: true })
    })
  }
}
