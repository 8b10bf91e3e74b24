import { HttpError } from '../../http/index.js'
import type { Labels } from '../../labels/index.js'
import { type Api, type ComingList, withQuery } from './api.js'
import { AnswerError } from './errors.js'
import { parseJson } from './json.js'
import { labelsFrom } from './labels.js'
import type { Filter } from './section.js'
import * as json from './shape.js'
import type { StreamApi } from './stream-api.js'

/** The newest API whose answers are known to be what this code reads. */
const newest = '1.51'
/** That of an engine that does not say which it has. */
const oldest = '1.24'

/** Conditions on what a Docker engine lists: several values of one name are alternatives. */
export type DockerFilters = ReadonlyMap<string, ReadonlySet<string>>

/** The filters of a section. */
export function dockerFilters(filters: readonly Filter[]): DockerFilters {
  const all = new Map<string, Set<string>>()
  for (const { name, values } of filters) {
    for (const value of values) all.set(name, (all.get(name) ?? new Set()).add(value))
  }
  return all
}

/** The same filters and one more. */
export function withFilter(
  filters: DockerFilters,
  name: string,
  values: Iterable<string>,
): DockerFilters {
  return new Map([...filters, [name, new Set([...(filters.get(name) ?? []), ...values])]])
}

/** Something that happened to an object of the engine. */
export interface DockerEvent {
  readonly Type: string
  readonly Action: string
  readonly Actor: { readonly ID: string; readonly Attributes: ReadonlyMap<string, string> }
}

const event: json.Shape<DockerEvent> = json.object({
  Type: json.text,
  Action: json.text,
  Actor: json.object({ ID: json.text, Attributes: json.map(json.text) }),
})

/** What an engine says after a gap: events may have been missed. */
export const missed = 'missed'

/** Whether a text may be the id of an object: others, such as a very long one, are not kept or asked for. */
export function isDockerId(text: string): boolean {
  return text.length <= 128
}

/** Which events are wanted: others are not even sent. */
export interface WantedEvents {
  readonly types: readonly string[]
  readonly actions: readonly string[]
}

/** The first answer of an engine. */
interface Greeting {
  readonly version: string
  /** When it was given, in seconds of the engine's own clock. */
  readonly time: number | undefined
}

/** A list that was asked for. */
export interface AskedList {
  /** For errors: `error while listing containers`. */
  readonly what: string
  readonly coming: ComingList
}

/** What is made of an object could not be made. */
class NotMade extends Error {
  override readonly name = 'NotMade'

  constructor(cause: unknown) {
    super('an object of the engine is of no use', { cause })
  }
}

/** The API of a Docker engine, as one subscription uses it: its version is negotiated once. */
export class DockerEngine {
  readonly #filters: DockerFilters
  readonly #waiting = new Set<() => void>()
  #greeting: Greeting | undefined
  /** What was negotiated at first, for those who watch. */
  #first: Greeting | undefined
  #hasWatched = false

  /** @param filters those that `list` uses when it is given none */
  constructor(filters: DockerFilters) {
    this.#filters = filters
  }

  /**
   * Lists objects.
   * @param what for errors: `error while listing containers`
   * @param route `/containers/json`
   * @param filters default those of the section
   */
  async list<T>(
    api: Api,
    what: string,
    route: string,
    item: json.Shape<T>,
    filters: DockerFilters = this.#filters,
  ): Promise<readonly T[]> {
    const asked = await this.ask(api, what, route, filters)
    return await this.read(api, asked, item, (one) => one)
  }

  /** Asks for a list as {@link list} does, to be read later; one that is not is cancelled. */
  async ask(api: Api, what: string, route: string, filters: DockerFilters): Promise<AskedList> {
    return await this.#named(api, what, async () => {
      const { version } = await this.#negotiate(api)
      const path = withQuery(`/v${version}${route}`, { filters: textOf(filters) })
      return { what, coming: await api.open(path) }
    })
  }

  /**
   * Reads a list, and makes something of each object at once: what was decoded of a long list is
   * garbage before it is old.
   * @param make what it throws is thrown as it is
   */
  async read<T, M>(
    api: Api,
    { what, coming }: AskedList,
    item: json.Shape<T>,
    make: (one: T) => M,
  ): Promise<readonly M[]> {
    const making = (one: T): M => {
      try {
        return make(one)
      } catch (error) {
        throw new NotMade(error)
      }
    }
    try {
      return await this.#named(api, what, () => coming.each(item, making))
    } catch (error) {
      throw error instanceof NotMade ? error.cause : error
    }
  }

  async #named<T>(api: Api, what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      // The engine may be another one next time.
      this.#greeting = undefined
      throw api.signal.aborted ? error : prefixed(what, error)
    }
  }

  /**
   * The labels of the engine's networks, by id.
   * @param prefix of the mechanism: `__meta_docker_`
   */
  async networkLabels(
    api: Api,
    what: string,
    prefix: string,
  ): Promise<ReadonlyMap<string, Labels>> {
    const labelsOf = labelsFrom<json.Read<typeof network>>(`${prefix}network_`, {
      id: (n) => n.Id,
      name: (n) => n.Name,
      scope: (n) => n.Scope,
      internal: (n) => n.Internal,
      ingress: (n) => n.Ingress,
      label_: (n) => n.Labels,
    })
    const networks = await this.list(api, what, '/networks', network, new Map())
    return new Map(networks.map((one) => [one.Id, labelsOf(one)]))
  }

  /**
   * The events from the first list on, once that is made; `missed` where some may not be among them.
   * It ends with the connection. Rejects as {@link StreamApi.lines} does.
   */
  async *events(api: StreamApi, wanted: WantedEvents): AsyncGenerator<DockerEvent | typeof missed> {
    const { version, time } = await this.#negotiated(api.signal)
    // An engine keeps few events, and none over a restart.
    const since = this.#hasWatched ? undefined : time
    this.#hasWatched = true
    const filters = textOf(
      new Map([
        ['type', new Set(wanted.types)],
        ['event', new Set(wanted.actions)],
      ]),
    )
    const lines = await api.lines(withQuery(`/v${version}/events`, { filters, since }))
    if (since === undefined) yield missed
    for await (const line of lines) {
      if (line.trim() !== '') yield json.readShape(event, parsed(line), 'an event of the engine')
    }
  }

  async #negotiate(api: Api): Promise<Greeting> {
    if (this.#greeting !== undefined) return this.#greeting
    const statuses = Array.from({ length: 500 }, (_, i) => 100 + i)
    let response = await api.ask('/_ping', { method: 'HEAD', statuses })
    // Some that stand before an engine take GET alone.
    if (response.status !== 200) response = await api.ask('/_ping')
    const date = Date.parse(response.header('date') ?? '')
    const greeting = {
      version: olderOf(versionOf(response.header('api-version')), newest),
      time: Number.isNaN(date) ? undefined : Math.floor(date / 1000),
    }
    this.#greeting = greeting
    this.#first ??= greeting
    for (const go of this.#waiting) go()
    return greeting
  }

  /** Waits until a list has negotiated the version. */
  async #negotiated(signal: AbortSignal): Promise<Greeting> {
    if (this.#first === undefined) {
      await new Promise<void>((resolve) => {
        const go = (): void => {
          this.#waiting.delete(go)
          signal.removeEventListener('abort', go)
          resolve()
        }
        this.#waiting.add(go)
        signal.addEventListener('abort', go)
      })
      signal.throwIfAborted()
    }
    return this.#greeting ?? this.#first ?? { version: oldest, time: undefined }
  }
}

const network = json.object({
  Id: json.text,
  Name: json.text,
  Scope: json.text,
  Internal: json.bool,
  Ingress: json.bool,
  Labels: json.map(json.text),
})

/** Filters as an engine takes them; empty for none. */
function textOf(filters: DockerFilters): string {
  if (filters.size === 0) return ''
  const names = [...filters].sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify(
    Object.fromEntries(
      names.map(([name, values]) => [
        name,
        Object.fromEntries([...values].sort().map((value) => [value, true])),
      ]),
    ),
  )
}

/** What is not a version is that of an engine that does not say which it has. */
function versionOf(said: string | undefined): string {
  return said !== undefined && /^\d{1,9}\.\d{1,9}$/.test(said) ? said : oldest
}

function olderOf(a: string, b: string): string {
  const [x = [], y = []] = [a, b].map((version) => version.split('.').map(Number))
  const [major = 0, minor = 0] = x
  const [otherMajor = 0, otherMinor = 0] = y
  return major < otherMajor || (major === otherMajor && minor < otherMinor) ? a : b
}

function parsed(line: string): unknown {
  try {
    return parseJson(line)
  } catch {
    throw new AnswerError('an event of the engine is not JSON')
  }
}

/** The same error, with what was wanted before its text. */
function prefixed(what: string, error: unknown): unknown {
  if (error instanceof AnswerError) {
    return new AnswerError(`${what}: ${error.message}`, { cause: error })
  }
  if (!(error instanceof HttpError)) return error
  const { kind, message, status, retryAfterMs } = error
  return new HttpError(kind, `${what}: ${message}`, {
    cause: error,
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}
