import { lastValueFrom, Observable, Subject, type SchedulerLike, type Subscription } from 'rxjs'
import type { Trouble } from '../../../discovery/index.js'
import type { Logger } from '../../../telemetry/index.js'
import { type BackOff, backOffDelay } from '../../../waiting/back-off.js'
import { loop } from '../../../waiting/loop.js'
import type { RequestPool } from '../../../waiting/request-pool.js'
import { sleep } from '../../../waiting/sleep.js'
import type { Turns } from '../../../waiting/turns.js'
import { WaitingLine } from '../../../waiting/waiting-line.js'
import { AnswerError } from '../../kit/errors.js'
import type { Change, Feed, FeedEvent } from '../cluster.js'
import type { WatchEvent } from '../decode/watch-reader.js'
import { isBehind, isExpired, isLost, isNotUnderstood, refusal } from './errors.js'
import type { Meta } from '../objects.js'
import { changeOf, FirstReading, isSame, LaterReading, type Reading } from './reading.js'
import { isSilence, type Requests, type Watch } from './requests.js'
import { inBackground } from './in-background.js'
import { Store } from './store.js'

/** As client-go has it. */
const backOff: BackOff = { firstMs: 800, maxMs: 30_000 }
/** A watch lasts between this long and twice as long, so that not all end together; seconds. */
const shortestWatch = 300
/** After a disconnect relists begin within this time, not all at once; milliseconds. */
const spreadMs = 2000
/** How many objects a page of a list has that is read from the database of the server. */
const pageSize = '500'
/** How long a watch may be silent before its initial objects are complete: a server that ignores the request is. */
const initialSilenceMs = 10_000
/** How long a watch may be silent that has had a bookmark: API servers send one each minute. Milliseconds. */
const bookmarkSilenceMs = 180_000
/** A watch that ends sooner, and without an event, counts as a failure; milliseconds. */
const shortestLifeMs = 1000
/** A server that ends a watch more than this before its time is shutting down; milliseconds. */
const earlyMs = 10_000
const lingerMs = 30_000

/** What all feeds of a cluster share. */
export interface FeedOptions {
  readonly scheduler: SchedulerLike
  readonly random: () => number
  readonly turns: Turns
  readonly logger: Logger
  /** Lists that are read again, one at a time. */
  readonly relists: RequestPool
  readonly streaming: StreamingLists
  /** A list or a watch failed. */
  readonly countFailure: () => void
}

/** Whether the server supports streaming lists: a watch that begins with all objects, so that no list is needed. */
export class StreamingLists {
  /** `answered`: it accepted the request, which an old server does too, without doing it. */
  #known: 'unknown' | 'asked' | 'answered' | 'yes' | 'no' = 'unknown'
  readonly #line = new WaitingLine()

  /** Whether to try. While the first who tries has no answer, the others wait. @throws the signal's reason */
  async areWorthATry(signal: AbortSignal): Promise<boolean> {
    if (this.#known === 'asked') await this.#line.wait(signal)
    if (this.#known === 'unknown') this.#known = 'asked'
    return this.#known !== 'no'
  }

  /** There is an answer, of whatever kind. */
  haveAnswer(): void {
    if (this.#known === 'asked') this.#known = 'answered'
    this.#line.releaseAll()
  }

  areKnown(): void {
    this.#known = 'yes'
  }

  /**
   * A streaming list failed.
   * @param isRefused the server said that it does not support them; otherwise one that did before still does
   * @returns whether the server does not support them
   */
  failed(isRefused = false): boolean {
    if (isRefused || this.#known !== 'yes') this.#known = 'no'
    this.#line.releaseAll()
    return this.#known === 'no'
  }
}

/** What a feed knows, and so what it does next. */
export type Position =
  /** Nothing. */
  | { readonly kind: 'empty' }
  /** Everything up to a version: it watches from there. */
  | {
      readonly kind: 'current'
      readonly version: string
      /** Whether it may be another server, or one with an older state, that answers next. */
      readonly mustCheck: boolean
    }
  /** Objects of a version that is too old to watch from: it lists again. */
  | {
      readonly kind: 'outdated'
      readonly version: string
      /** Where the server reads the list: its watch cache, if that is as new as `version`; or its database. */
      readonly source: 'memory' | 'database'
      /** Whether other feeds are likely to have lost their watches as well. */
      readonly wasLost: boolean
    }

/** The versions of the server go backwards: it has come back with an older state. */
class BackwardsError extends AnswerError {}

/** What follows from a failure. Undefined where the feed stays where it is, and only waits. */
export function positionAfter(error: unknown, position: Position): Position | undefined {
  if (position.kind === 'empty') return undefined
  const { version } = position
  const wasLost = position.kind === 'current' ? position.mustCheck : position.wasLost
  if (error instanceof BackwardsError) {
    return { kind: 'outdated', version, source: 'database', wasLost: true }
  }
  if (position.kind === 'current') {
    if (isExpired(error)) return { kind: 'outdated', version, source: 'memory', wasLost }
    return isLost(error) || isBehind(error) ? { ...position, mustCheck: true } : undefined
  }
  if (position.source === 'database') return undefined
  // The server is not as new as what is known, and what it has in memory may never be.
  const isOfNoUse = isExpired(error) || isBehind(error) || isNotUnderstood(error)
  return isOfNoUse ? { ...position, source: 'database' } : undefined
}

/** One list and watch, shared by all its subscribers. */
export class SharedFeed<O extends Meta> implements Feed<O> {
  readonly store: Store<O> = new Store()
  /** See {@link Feed.events}. */
  readonly events: Observable<FeedEvent<O>>
  readonly #requests: Requests<O>
  readonly #options: FeedOptions
  readonly #onForgotten: () => void
  readonly #out = new Subject<FeedEvent<O>>()
  #subscribers = 0
  #running: Subscription | undefined
  /** Settles when the last run has stopped: the next must not share the store with it. */
  #ended: Promise<void> = Promise.resolve()
  #forgetting: Subscription | undefined
  #position: Position = { kind: 'empty' }
  #isSynced = false
  #trouble: Trouble | null = null

  /** @param onForgotten called when it has freed what it knew, 30 seconds after its last subscriber */
  constructor(requests: Requests<O>, options: FeedOptions, onForgotten: () => void) {
    this.#requests = requests
    this.#options = options
    this.#onForgotten = onForgotten
    this.events = new Observable((subscriber) => {
      if (this.#isSynced) subscriber.next({ type: 'synced' })
      if (this.#trouble !== null) subscriber.next({ type: 'trouble', trouble: this.#trouble })
      subscriber.add(this.#out.subscribe(subscriber))
      this.#enter()
      return () => this.#leave()
    })
  }

  /** It runs, knows everything there is, and has no trouble. */
  get isWell(): boolean {
    return this.#running !== undefined && this.#isSynced && this.#trouble === null
  }

  /** Frees what it knows at once, unless it has subscribers. */
  close(): void {
    if (this.#subscribers === 0) this.#forget()
  }

  #enter(): void {
    this.#subscribers += 1
    this.#forgetting?.unsubscribe()
    this.#forgetting = undefined
    this.#running ??= this.#start()
  }

  #start(): Subscription {
    const before = this.#ended
    const ended = new Subject<never>()
    this.#ended = lastValueFrom(ended, { defaultValue: undefined })
    return loop<FeedEvent<O>>(async (emit, signal) => {
      try {
        await before
        signal.throwIfAborted()
        await this.#run(emit, signal)
      } finally {
        ended.complete()
      }
    }).subscribe((event) => this.#out.next(event))
  }

  #leave(): void {
    this.#subscribers -= 1
    if (this.#subscribers > 0) return
    this.#running?.unsubscribe()
    this.#running = undefined
    this.#forgetting = inBackground(this.#options.scheduler, lingerMs, () => this.#forget())
  }

  #forget(): void {
    this.#forgetting?.unsubscribe()
    this.#forgetting = undefined
    this.store.clear()
    this.#position = { kind: 'empty' }
    this.#isSynced = false
    this.#trouble = null
    this.#onForgotten()
  }

  /** Lists and watches, and goes on after every failure. @throws the signal's reason */
  async #run(emit: (event: FeedEvent<O>) => void, signal: AbortSignal): Promise<never> {
    const { scheduler, random, countFailure, logger } = this.#options
    let failures = 0
    const isWell = (): void => {
      if (this.#trouble === null) return
      this.#trouble = null
      emit({ type: 'trouble', trouble: null })
    }
    const isAlive = (): void => {
      failures = 0
    }
    const session = { emit, isWell, isAlive, signal }
    for (;;) {
      try {
        await this.#step(session)
      } catch (error) {
        if (signal.aborted) throw error
        const { kind } = this.#position
        const next = positionAfter(error, this.#position)
        this.#position = next ?? this.#position
        logger.debug('A list or watch of Kubernetes ended', {
          what: this.#requests.what,
          err: error,
        })
        // A version that expires now and then is normal; one that expires at once again is a failure.
        const isUsual = next?.kind === 'outdated' && !(error instanceof BackwardsError)
        if (isUsual && (kind === 'outdated' || failures === 0)) {
          failures += 1
          continue
        }
        failures += 1
        countFailure()
        const delay = backOffDelay(failures, error, random, backOff)
        this.#trouble = { error, nextTry: scheduler.now() + delay }
        emit({ type: 'trouble', trouble: this.#trouble })
        await sleep(delay, scheduler, signal)
      }
    }
  }

  async #step(session: Session<O>): Promise<void> {
    const position = this.#position
    switch (position.kind) {
      case 'empty':
        return this.#synchronize(position, session)
      case 'outdated': {
        const { scheduler, random, relists } = this.#options
        const { signal } = session
        if (position.wasLost) await sleep(random() * spreadMs, scheduler, signal)
        let watch: Watch<O> | undefined
        await relists.run(async () => {
          watch = await this.#read(position, session)
        }, signal)
        return this.#follow(watch, session)
      }
      case 'current':
        if (position.mustCheck) await this.#check(position.version, session.signal)
        return this.#follow(undefined, session)
    }
  }

  async #synchronize(position: Position, session: Session<O>): Promise<void> {
    return this.#follow(await this.#read(position, session), session)
  }

  /** Reads all objects. @returns the watch that gave them, which goes on; undefined after a list */
  async #read(position: Position, session: Session<O>): Promise<Watch<O> | undefined> {
    const { streaming, turns } = this.#options
    const reading: Reading<O> = this.#isSynced
      ? new LaterReading(this.store)
      : new FirstReading(this.store)
    let watch: Watch<O> | undefined
    let version: string
    try {
      const streamed = (await streaming.areWorthATry(session.signal))
        ? await this.#stream(position, reading, session.signal)
        : undefined
      watch = streamed?.watch
      version = streamed?.version ?? (await this.#list(position, reading, session.signal))
      for await (const changes of reading.finish(turns, session.signal)) {
        session.emit({ type: 'changes', changes })
      }
    } catch (error) {
      watch?.close()
      reading.abandon()
      throw error
    }
    this.#position = { kind: 'current', version, mustCheck: false }
    if (!this.#isSynced) {
      this.#isSynced = true
      session.emit({ type: 'synced' })
    }
    session.isWell()
    return watch
  }

  /** Reads the initial objects of a watch; undefined where the server does not support that. */
  async #stream(
    position: Position,
    reading: Reading<O>,
    signal: AbortSignal,
  ): Promise<{ watch: Watch<O>; version: string } | undefined> {
    const { streaming } = this.#options
    let watch: Watch<O> | undefined
    try {
      watch = await this.#requests.watch(
        {
          sendInitialEvents: 'true',
          resourceVersionMatch: 'NotOlderThan',
          resourceVersion: memoryVersion(position),
        },
        this.#watchSeconds(),
        signal,
      )
      streaming.haveAnswer()
      watch.beginInitial(initialSilenceMs)
      for (let events = await watch.next(); events !== undefined; events = await watch.next()) {
        const version = this.#takeInitial(events, reading)
        if (version === undefined) continue
        watch.endInitial()
        streaming.areKnown()
        return { watch, version }
      }
    } catch (error) {
      watch?.close()
      const isRefused = isNotUnderstood(error)
      const isUnsupported = isRefused || (watch !== undefined && isSilence(error))
      if (signal.aborted || !isUnsupported || !streaming.failed(isRefused)) {
        streaming.haveAnswer()
        throw error
      }
      reading.abandon()
      return undefined
    }
    watch.close()
    if (!streaming.failed()) {
      throw new AnswerError(
        `${this.#requests.what}: the watch ended before its initial objects were complete`,
      )
    }
    reading.abandon()
    return undefined
  }

  /** @returns the version at which the initial objects are complete; undefined where more are to come */
  #takeInitial(events: readonly WatchEvent<O>[], reading: Reading<O>): string | undefined {
    let version: string | undefined
    for (const event of events) {
      switch (event.type) {
        case 'error':
          throw refusal(this.#requests.what, event.status)
        case 'bookmark':
          if (event.isInitialEnd) version = event.resourceVersion
          break
        case 'deleted':
          reading.drop(event.object)
          break
        case 'added':
        case 'modified':
          reading.take(event.object)
          // A change that comes in the same piece as the end is taken too.
          if (version !== undefined) version = event.object.resourceVersion
      }
    }
    return version
  }

  /** Reads a list. @returns its version */
  async #list(position: Position, reading: Reading<O>, signal: AbortSignal): Promise<string> {
    const take = (object: O): void => reading.take(object)
    const isFromDatabase = position.kind === 'outdated' && position.source === 'database'
    if (!isFromDatabase) {
      const match = position.kind === 'empty' ? undefined : 'NotOlderThan'
      const version = memoryVersion(position)
      const parameters = { resourceVersion: version, resourceVersionMatch: match }
      return this.#versionOf(await this.#requests.list(parameters, take, signal))
    }
    let next = ''
    for (;;) {
      const page = { limit: pageSize, continue: next }
      const head = await this.#requests.list(page, take, signal)
      if (head.next === '') return this.#versionOf(head)
      if (head.next === next) {
        throw new AnswerError(`${this.#requests.what}: the list does not end`)
      }
      next = head.next
    }
  }

  #versionOf({ resourceVersion }: { readonly resourceVersion: string }): string {
    if (resourceVersion !== '') return resourceVersion
    throw new AnswerError(`${this.#requests.what}: the list has no version`)
  }

  /** Asks the server for its version. @throws {BackwardsError} where it is older than what is known */
  async #check(version: string, signal: AbortSignal): Promise<void> {
    const head = await this.#requests.list({ limit: '1' }, () => undefined, signal)
    if (isOlder(head.resourceVersion, version)) throw this.#wentBack()
    this.#position = { kind: 'current', version, mustCheck: false }
  }

  /** Follows a watch, which is opened first where there is none. Settles when the server ends it. */
  async #follow(opened: Watch<O> | undefined, session: Session<O>): Promise<void> {
    const position = this.#position
    if (position.kind !== 'current') return
    const { signal } = session
    const parameters = { resourceVersion: position.version }
    const watch = opened ?? (await this.#requests.watch(parameters, this.#watchSeconds(), signal))
    let hasSpoken = opened !== undefined
    session.isWell()
    try {
      for (let events = await watch.next(); events !== undefined; events = await watch.next()) {
        if (events.length === 0) continue
        hasSpoken = true
        this.#apply(events, session)
        session.isAlive()
        if (events.some(({ type }) => type === 'bookmark')) watch.allow(bookmarkSilenceMs)
      }
    } finally {
      watch.close()
      if (watch.elapsedMs >= shortestLifeMs) session.isAlive()
    }
    if (!hasSpoken && watch.elapsedMs < shortestLifeMs) {
      throw new AnswerError(`${this.#requests.what}: the watch ended as soon as it was opened`)
    }
    // A server that stops ends all watches in good order; what comes back may have an older state.
    if (watch.remainingMs > earlyMs && this.#position.kind === 'current') {
      this.#position = { ...this.#position, mustCheck: true }
    }
  }

  /** Applies events to the store, and emits the changes. @throws where the watch cannot go on */
  #apply(events: readonly WatchEvent<O>[], session: Session<O>): void {
    const changes: Change<O>[] = []
    let failure: Error | undefined
    for (const event of events) {
      if (event.type === 'error') {
        failure = refusal(this.#requests.what, event.status)
        break
      }
      const version =
        event.type === 'bookmark' ? event.resourceVersion : event.object.resourceVersion
      if (this.#isBehind(version)) {
        failure = this.#wentBack()
        break
      }
      if (version !== '') this.#position = { kind: 'current', version, mustCheck: false }
      const change = event.type === 'bookmark' ? undefined : this.#change(event)
      if (change !== undefined) changes.push(change)
    }
    if (changes.length > 0) session.emit({ type: 'changes', changes })
    if (failure !== undefined) throw failure
  }

  #change({
    type,
    object,
  }: Exclude<WatchEvent<O>, { type: 'bookmark' | 'error' }>): Change<O> | undefined {
    const { namespace, name } = object
    if (type === 'deleted') {
      const gone = this.store.delete(namespace, name)
      return gone === undefined ? undefined : { type, object: gone }
    }
    const known = this.store.find(namespace, name)
    if (known !== undefined && isSame(known, object)) return undefined
    this.store.set(object)
    return changeOf(object, known)
  }

  #isBehind(version: string): boolean {
    return this.#position.kind === 'current' && isOlder(version, this.#position.version)
  }

  #wentBack(): Error {
    return new BackwardsError(
      `${this.#requests.what}: the server has come back with an older state`,
    )
  }

  #watchSeconds(): number {
    return shortestWatch + Math.floor(this.#options.random() * shortestWatch)
  }
}

interface Session<O> {
  readonly emit: (event: FeedEvent<O>) => void
  /** A request succeeded. */
  readonly isWell: () => void
  /** A watch works: the next failure is the first again. */
  readonly isAlive: () => void
  readonly signal: AbortSignal
}

/** The `resourceVersion` that makes the server answer from its watch cache, no older than what is known. */
function memoryVersion(position: Position): string | undefined {
  if (position.kind === 'empty') return '0'
  // Without a version the server first makes sure that its cache is as new as its database.
  return position.kind === 'outdated' && position.source === 'memory' ? position.version : undefined
}

/** Whether a version is older than another; versions that are no numbers do not tell. */
function isOlder(version: string, than: string): boolean {
  return /^\d+$/.test(version) && /^\d+$/.test(than) && Number(version) < Number(than)
}
