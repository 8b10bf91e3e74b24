import type { Buffer } from 'node:buffer'
import { filter, firstValueFrom, fromEvent, map, merge, timer } from 'rxjs'
import type { Discoverer, DiscovererContext, Finding, TargetGroup } from '../../discovery/index.js'
import { type HttpClient, HttpError } from '../../http/index.js'
import { errorMessage } from '../../telemetry/error-text.js'
import { abortReason } from '../../waiting/abort-reason.js'
import { backOffDelay, type BackOff } from '../../waiting/back-off.js'
import { loop } from '../../waiting/loop.js'
import { RateLimit } from '../../waiting/rate-limit.js'
import { RequestPool } from '../../waiting/request-pool.js'
import { sleep } from '../../waiting/sleep.js'
import { AnswerError } from '../kit/errors.js'
import { NomadApi, type ServiceName } from './api.js'
import { asError, EventStream } from './event-stream.js'
import type { NomadConfig, NomadShared } from './index.js'
import { Registry, sourceOf } from './registry.js'

const backOff: BackOff = { firstMs: 1000, maxMs: 30_000 }
/** How many services are read at a time. Nomad allows a client 100 connections. */
const readsAtOnce = 10
/** How long the event stream may take to say what a waiting query has noticed; milliseconds. */
const graceMs = 1000
/** Nomad says every 30 seconds that a stream is alive. */
const silenceMs = 75_000
/** How long to do without an event stream that was refused; milliseconds. */
const withoutStreamMs = 600_000

/**
 * Finds the services of a Nomad: a group for each service. All are read once; from then on the event stream
 * says which registrations came and went, and a query that waits for the next change of the list of services
 * makes sure that nothing is missed: when the stream does not tell of that change, or when there is no
 * stream, all are read again.
 */
export function discover(
  config: NomadConfig,
  context: DiscovererContext,
  shared: NomadShared,
): Discoverer {
  return {
    findings: () =>
      loop<Finding>(async (emit, signal) => {
        const client = shared.connect(config)
        try {
          await new Search({ config, context, shared, client, emit }).run(signal)
        } finally {
          await client.close()
        }
      }),
  }
}

interface SearchOptions {
  readonly config: NomadConfig
  readonly context: DiscovererContext
  readonly shared: NomadShared
  readonly client: HttpClient
  readonly emit: (finding: Finding) => void
}

/** What reading services came to. */
interface Reading {
  readonly groups: readonly TargetGroup[]
  /** Why one of them could not be read. */
  readonly error?: Error | undefined
}

/** The search of one subscription: sessions, each of which begins with reading everything. */
class Search {
  readonly #options: SearchOptions
  readonly #api: NomadApi
  readonly #pool = new RequestPool(readsAtOnce)
  readonly #sessions: RateLimit
  readonly #waits: RateLimit
  /** The sources that have targets. */
  readonly #known = new Set<string>()
  #streamAgainAt = 0
  #failures = 0

  constructor(options: SearchOptions) {
    const { config, context, client } = options
    const { scheduler, turns } = context
    this.#options = options
    const onRequest = (): void => context.countRequest?.()
    this.#api = new NomadApi({ client, config, turns, onRequest })
    this.#sessions = new RateLimit(config.refresh_interval, scheduler)
    this.#waits = new RateLimit(config.refresh_interval, scheduler)
  }

  /** Goes on through failures of every kind. @throws the signal's reason */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        await this.#session(signal)
        await this.#sleep(this.#sessions.reserve(), signal)
      } catch (error) {
        signal.throwIfAborted()
        await this.#failed(error, signal)
      }
    }
  }

  /** Reads everything, and follows what happens. Settles when everything has to be read again. */
  async #session(signal: AbortSignal): Promise<void> {
    const { config, shared } = this.#options
    const observe = this.#stopwatch()
    const { index, value: services } = await this.#api
      .services(0, signal)
      .catch((error: unknown) => {
        if (!signal.aborted) observe()
        throw error
      })
    const ending = new AbortController()
    const end = (): void => ending.abort()
    signal.addEventListener('abort', end, { once: true })
    const work: Promise<void>[] = []
    try {
      const registry = new Registry(index, config.tag_separator, shared.maxWeight)
      // It is opened before services are read, so that nothing happens in between unseen.
      const stream = this.#open(index, ending.signal)
      for (const service of services) registry.expect(service)
      const { groups, error } = await this.#read(registry, services, ending.signal)
      const reading = { groups: [...groups, ...this.#gone(services)], error }
      observe()
      this.#failures = 0
      work.push(
        this.#wait(index, stream, ending.signal),
        this.#complete(registry, services, reading, ending.signal),
      )
      if (stream !== undefined) {
        work.push(
          this.#follow(stream, registry, ending.signal),
          this.#listen(stream, ending.signal),
        )
      }
      await Promise.race(work)
    } finally {
      signal.removeEventListener('abort', end)
      ending.abort()
      await Promise.allSettled(work)
    }
  }

  /** Begins to measure a reading of everything. @returns what tells the metrics how long it took */
  #stopwatch(): () => void {
    const { scheduler, refreshMetrics } = this.#options.context
    const start = scheduler.now()
    return () => refreshMetrics.observe(Math.max(0, scheduler.now() - start) / 1000)
  }

  /** Opens the event stream, unless there is none to be had. */
  #open(index: number, signal: AbortSignal): EventStream | undefined {
    const { context, shared } = this.#options
    const { scheduler } = context
    if (index === 0 || scheduler.now() < this.#streamAgainAt) return undefined
    const stream = new EventStream(scheduler, shared.maxWeight)
    const take = (piece: Buffer): Promise<void> => {
      stream.push(piece)
      return stream.room(signal)
    }
    this.#api.events(index, take, signal).then(
      () => stream.end(undefined),
      (error: unknown) => stream.end(asError(error)),
    )
    return stream
  }

  async #read(
    registry: Registry,
    services: readonly ServiceName[],
    signal: AbortSignal,
  ): Promise<Reading> {
    const groups: TargetGroup[] = []
    let error: Error | undefined
    const read = async (service: ServiceName): Promise<void> => {
      try {
        const group = registry.read(service, await this.#api.service(service, signal))
        if (group !== undefined) groups.push(group)
      } catch (thrown) {
        signal.throwIfAborted()
        error ??= ofService(thrown)
      }
    }
    await Promise.all(services.map((one) => this.#pool.run(() => read(one), signal)))
    if (error !== undefined) this.#count(error)
    return { groups, error }
  }

  /** Says what was read, and reads again what could not be. Never settles: there may be nothing to do. */
  async #complete(
    registry: Registry,
    services: readonly ServiceName[],
    first: Reading,
    signal: AbortSignal,
  ): Promise<void> {
    const { random } = this.#options.context
    let reading = first
    for (let failures = 1; ; failures += 1) {
      const left = services.filter((service) => registry.lacks(service))
      const delay = left.length === 0 ? 0 : backOffDelay(failures, reading.error, random, backOff)
      this.#say(reading, delay)
      if (left.length === 0) return forever(signal)
      await this.#sleep(delay, signal)
      reading = await this.#read(registry, left, signal)
    }
  }

  /** @param delay until what is missing is read again, in milliseconds; 0 when nothing is */
  #say({ groups, error }: Reading, delay: number): void {
    const { context, emit } = this.#options
    this.#note(groups)
    if (delay === 0) emit({ groups, complete: true })
    else if (error === undefined) emit({ groups })
    else emit({ groups, trouble: { error, nextTry: context.scheduler.now() + delay } })
  }

  /** The groups of services that there are no more. */
  #gone(services: readonly ServiceName[]): readonly TargetGroup[] {
    const now = new Set(services.map(sourceOf))
    return [...this.#known]
      .filter((source) => !now.has(source))
      .map((source) => ({ source, labels: {}, targets: [] }))
  }

  #note(groups: readonly TargetGroup[]): void {
    for (const { source, targets } of groups) {
      if (targets.length > 0) this.#known.add(source)
      else this.#known.delete(source)
    }
  }

  /** Takes what happens from the stream. Settles when it has ended. */
  async #follow(stream: EventStream, registry: Registry, signal: AbortSignal): Promise<void> {
    const { context, emit } = this.#options
    const { turns } = context
    const changed = new Set<string>()
    for (;;) {
      try {
        const batch = await stream.next(signal)
        if (batch === undefined) return
        registry.take(batch, changed)
        // In a storm a group that changes again and again is said once a turn.
        const isOver = turns.isOver
        if (stream.hasMore && !isOver) continue
        const groups = registry.groups(changed)
        changed.clear()
        this.#note(groups)
        if (groups.length > 0) emit({ groups })
        if (isOver) await turns.next()
        signal.throwIfAborted()
      } catch (error) {
        signal.throwIfAborted()
        // One that broke off comes again; one that is refused, or is not understood, does not so soon.
        const isLost = error instanceof HttpError && error.kind !== 'status'
        if (!isLost) this.#streamAgainAt = context.scheduler.now() + withoutStreamMs
        context.logger.debug('The event stream of Nomad ended', { err: error })
        return
      }
    }
  }

  /** Settles when the stream is silent for too long: the connection is dead, or a proxy holds it back. */
  async #listen(stream: EventStream, signal: AbortSignal): Promise<void> {
    const { context } = this.#options
    for (let silent = 0; silent < silenceMs; silent = context.scheduler.now() - stream.heardAt) {
      await this.#sleep(silenceMs - silent, signal)
    }
    if (!stream.isAlive) this.#streamAgainAt = context.scheduler.now() + withoutStreamMs
    context.logger.debug('The event stream of Nomad is silent')
  }

  /** Settles when something has changed that the stream does not tell of. */
  async #wait(listed: number, stream: EventStream | undefined, signal: AbortSignal): Promise<void> {
    const { config, context } = this.#options
    // Without an index nothing can wait for a change.
    if (listed === 0) return this.#sleep(config.refresh_interval, signal)
    let index = listed
    for (;;) {
      const now = await this.#nextIndex(index, signal)
      if (now === undefined || now < index) return
      if (now > index && !(await hears(stream, now, context.scheduler, signal))) return
      index = now
      if (stream === undefined && context.scheduler.now() >= this.#streamAgainAt) return
      // Nomad may answer at once every time.
      await this.#sleep(this.#waits.reserve(), signal)
    }
  }

  /** Undefined where the query gave nothing: whether anything is wrong, the next read will tell. */
  async #nextIndex(index: number, signal: AbortSignal): Promise<number | undefined> {
    try {
      return (await this.#api.services(index, signal)).index
    } catch (error) {
      signal.throwIfAborted()
      this.#options.context.logger.debug('Unable to wait for changes in Nomad', { err: error })
      return undefined
    }
  }

  async #failed(error: unknown, signal: AbortSignal): Promise<void> {
    const { context, emit } = this.#options
    this.#failures += 1
    this.#count(error)
    const delay = backOffDelay(this.#failures, error, context.random, backOff)
    emit({ trouble: { error, nextTry: context.scheduler.now() + delay } })
    await this.#sleep(delay, signal)
  }

  #count(error: unknown): void {
    const { context, shared } = this.#options
    shared.countFailure()
    context.refreshMetrics.failed()
    context.logger.error('Unable to refresh target groups', { err: error })
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (ms > 0) await sleep(ms, this.#options.context.scheduler, signal)
  }
}

/** Whether the stream comes to an index in time. */
async function hears(
  stream: EventStream | undefined,
  index: number,
  scheduler: DiscovererContext['scheduler'],
  signal: AbortSignal,
): Promise<boolean> {
  if (stream === undefined) return false
  const heard = await firstValueFrom(
    merge(
      stream.heard.pipe(
        filter((newest) => newest >= index),
        map(() => true),
      ),
      timer(graceMs, scheduler).pipe(map(() => false)),
      fromEvent(signal, 'abort').pipe(map(() => false)),
    ),
  )
  signal.throwIfAborted()
  return heard
}

/** @throws the signal's reason */
function forever(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = (): void => reject(abortReason(signal))
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
}

/** The error of a service that could not be read, in Prometheus' words. */
function ofService(error: unknown): Error {
  const message = `failed to fetch services: ${errorMessage(error)}`
  if (!(error instanceof HttpError)) return new AnswerError(message, { cause: error })
  const { kind, retryAfterMs } = error
  return new HttpError(kind, message, {
    cause: error,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}
