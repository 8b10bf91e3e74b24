import { asyncScheduler, type SchedulerLike } from 'rxjs'
import { type HttpClient, type HttpResponse, statusError } from '../../http/index.js'
import { readJsonGroups } from '../../mechanisms/kit/json-groups.js'
import { type FileText, GroupGatherer, TargetFile } from '../../outputs/index.js'
import { backOffDelay } from '../../waiting/back-off.js'
import { sleep } from '../../waiting/sleep.js'
import { Turns } from '../../waiting/turns.js'

/** A server answered, but not with target groups. */
export class FollowError extends Error {
  override readonly name = 'FollowError'
  readonly code = 'ERR_FOLLOW'
}

export interface ListFollowerOptions {
  readonly client: HttpClient
  /** Of the list. */
  readonly url: string
  /** The file that gets the targets. */
  readonly file: string
  /** The file has these now. */
  readonly onWritten: (text: Pick<FileText, 'targets' | 'groups'>) => void
  /** The first failure after all was well; the file stays as it is. */
  readonly onFailure: (error: unknown) => void
  readonly scheduler?: SchedulerLike
  /** A number in [0, 1), for jitter. */
  readonly random?: () => number
}

/** How long the server is asked to hold a request until the list changes; seconds. */
const waitSeconds = 30

/** How long an answer may take besides; milliseconds. */
const answerMs = 60_000

/** A server that does not hold requests is asked this often; milliseconds. */
const pollMs = 30_000

/** A server that holds a request for less than this, and says that nothing changed, does not hold it. */
const leastWaitMs = 1000

const retry = { firstMs: 500, maxMs: 30_000 }

/** Far above a million targets; an endless body ends here. */
const maxBytes = 512 << 20

/** Follows one list of targets, and keeps a file up to date with it. */
export class ListFollower {
  readonly #options: ListFollowerOptions
  readonly #scheduler: SchedulerLike
  readonly #file: TargetFile
  readonly #turns = new Turns()
  /** What the file has is this version of the list. */
  #version: string | undefined

  constructor(options: ListFollowerOptions) {
    this.#options = options
    this.#scheduler = options.scheduler ?? asyncScheduler
    this.#file = new TargetFile(options.file)
  }

  /** Goes on until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { onFailure, random = Math.random } = this.#options
    let failures = 0
    while (!signal.aborted) {
      let pauseMs: number
      try {
        pauseMs = await this.#once(signal)
        failures = 0
      } catch (error) {
        if (signal.aborted) return
        failures += 1
        if (failures === 1) onFailure(error)
        // What was taken but not written has to be asked for again.
        this.#version = undefined
        pauseMs = backOffDelay(failures, error, random, retry)
      }
      if (pauseMs > 0) await sleep(pauseMs, this.#scheduler, signal).catch(() => undefined)
    }
  }

  /** Asks once, and writes what is new. @returns how long to wait before the next time; milliseconds */
  async #once(signal: AbortSignal): Promise<number> {
    const start = this.#scheduler.now()
    const known = this.#version
    const response = await this.#options.client.request({
      url: this.#options.url,
      headers: {
        accept: 'application/json',
        'x-prometheus-refresh-interval-seconds': String(pollMs / 1000),
        ...(known !== undefined && {
          'if-none-match': known,
          prefer: `wait=${String(waitSeconds)}`,
        }),
      },
      gzip: true,
      maxBytes,
      timeoutMs: waitSeconds * 1000 + answerMs,
      signal,
    })
    if (response.status === 304 && known !== undefined) {
      const isHeld = this.#scheduler.now() - start >= leastWaitMs
      return isHeld ? 0 : leastWaitMs
    }
    const text = await this.#textOf(response)
    if (await this.#file.write(text)) this.#options.onWritten(text)
    this.#version = response.header('etag')
    const holds = this.#version !== undefined && response.header('accept-prefer') === 'wait'
    return holds ? 0 : pollMs
  }

  async #textOf(response: HttpResponse): Promise<FileText> {
    if (response.status !== 200) {
      const said = response.withoutSecrets(response.body.subarray(0, 1000).toString()).trim()
      const why = said === '' ? '' : ` (${said})`
      throw statusError(response, `${response.url}${why}: server returned HTTP status`)
    }
    const type = response.header('content-type') ?? ''
    if (!/^application\/json\b/i.test(type)) {
      throw new FollowError(
        `${response.url}: the answer is no list of targets: give the URL under which muster listens`,
      )
    }
    const gatherer = new GroupGatherer()
    for (const { targets, labels } of readJsonGroups(response.body.toString())) {
      gatherer.add({ targets: targets.map((target) => target['__address__'] ?? ''), labels })
      if (this.#turns.isOver) await this.#turns.next()
    }
    return await gatherer.text(this.#turns)
  }
}
