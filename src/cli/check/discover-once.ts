import {
  asyncScheduler,
  catchError,
  defer,
  lastValueFrom,
  map,
  merge,
  NEVER,
  type Observable,
  of,
  repeat,
  type SchedulerLike,
  startWith,
  takeUntil,
  takeWhile,
  timer,
} from 'rxjs'
import type { Discoverer, DiscoveryConfig, Finding, TargetGroup } from '../../discovery/index.js'
import { timerMs } from '../../run/index.js'
import { errorMessage } from '../../telemetry/error-text.js'
import { silentLogger } from '../../telemetry/index.js'
import { backOffDelay, isPermanent } from '../../waiting/back-off.js'
import { Turns } from '../../waiting/turns.js'

export interface DiscoverOptions {
  /** The longest that it may take; milliseconds. */
  readonly timeoutMs: number
  /** Takes all of that time, and every change that comes meanwhile. */
  readonly waitsFull: boolean
  readonly scheduler?: SchedulerLike
  readonly random?: () => number
}

/** What was found. */
export interface Discovered {
  /** In the order in which they came; of a group that changed meanwhile every version. */
  readonly groups: readonly TargetGroup[]
  /** The providers that have not answered in full, and why. */
  readonly unanswered: readonly Unanswered[]
}

export interface Unanswered {
  /** `consul/0` */
  readonly provider: string
  /** The last error; undefined where there was none. */
  readonly reason: string | undefined
}

/**
 * Asks each provider of one set until all of them have answered, or the time is over.
 * @param set its name, as logs and metrics have it
 * @throws what a mechanism throws that cannot work as it is configured
 */
export async function discoverOnce(
  sources: readonly DiscoveryConfig[],
  set: string,
  options: DiscoverOptions,
): Promise<Discovered> {
  const { timeoutMs, waitsFull, scheduler = asyncScheduler, random = Math.random } = options
  const groups: TargetGroup[] = []
  const inquiries = sources.map(({ mechanism, config }, i) => {
    const discoverer = mechanism.create(config, {
      logger: silentLogger,
      set,
      scheduler,
      random,
      turns: new Turns(),
      refreshMetrics: { observe() {}, failed() {} },
    })
    // A file that cannot be read is all there is to know about it.
    const isLocal = mechanism.name === 'file'
    return new Inquiry(`${mechanism.name}/${String(i)}`, discoverer, isLocal, (found) => {
      groups.push(...found)
    })
  })
  const isOver = (): boolean => !waitsFull && inquiries.every((inquiry) => inquiry.isOver)
  const news = merge(NEVER, ...inquiries.map((inquiry) => inquiry.news(scheduler, random)))
  await lastValueFrom(
    news.pipe(
      startWith(undefined),
      takeWhile(() => !isOver()),
      takeUntil(timer(timerMs(timeoutMs), scheduler)),
    ),
    { defaultValue: undefined },
  )
  const unanswered = inquiries.filter(({ hasAnswered }) => !hasAnswered)
  return {
    groups,
    unanswered: unanswered.map(({ provider, lastError }) => ({ provider, reason: lastError })),
  }
}

/** One provider that is being asked. */
class Inquiry {
  readonly provider: string
  /** It has said all that it knows, and nothing failed. */
  hasAnswered = false
  /** Nothing more is to come. */
  isOver = false
  lastError: string | undefined
  readonly #discoverer: Discoverer
  readonly #isLocal: boolean
  readonly #take: (groups: readonly TargetGroup[]) => void
  #failures = 0

  constructor(
    provider: string,
    discoverer: Discoverer,
    isLocal: boolean,
    take: (groups: readonly TargetGroup[]) => void,
  ) {
    this.provider = provider
    this.#discoverer = discoverer
    this.#isLocal = isLocal
    this.#take = take
  }

  /** Emits whenever something became known. Starts again after an error, as a provider of the daemon does. */
  news(scheduler: SchedulerLike, random: () => number): Observable<undefined> {
    let pause: Observable<unknown> = NEVER
    return defer(() => this.#discoverer.findings()).pipe(
      map((finding) => this.#read(finding)),
      catchError((error: unknown) => {
        this.#failures += 1
        this.#fail(error)
        if (isPermanent(error)) this.isOver = true
        else {
          const wait = timerMs(backOffDelay(this.#failures, error, random))
          pause = timer(wait, scheduler).pipe(map(() => undefined))
        }
        return of(undefined)
      }),
      repeat({
        delay: () => {
          const next = pause
          pause = NEVER
          return next
        },
      }),
    )
  }

  #read({ groups = [], complete, trouble }: Finding): undefined {
    this.#take(groups)
    if (complete === true || trouble === null) {
      this.hasAnswered = true
      this.isOver = true
      this.lastError = undefined
    } else if (trouble !== undefined) {
      this.#fail(trouble.error)
      if (this.#isLocal) this.isOver = true
    }
    return undefined
  }

  #fail(error: unknown): void {
    this.hasAnswered = false
    this.lastError = errorMessage(error)
  }
}
