import type { Buffer } from 'node:buffer'
import {
  type HttpClientConfig,
  httpClientConfig,
  type HttpResponse,
  redactUrl,
  statusLine,
} from '../http/index.js'
import { InvalidGroupsError, type TargetGroup } from '../discovery/index.js'
import { duration, field, inline, struct, type StructType } from '../yaml/index.js'
import type { Api } from './kit/api.js'
import type { GroupSection } from './kit/group-section.js'
import { readJsonGroup, readJsonGroups } from './kit/json-groups.js'
import { type ListReader, readJsonList } from './kit/json-list.js'
import type { MechanismFactory } from './kit/mechanism.js'
import { polled, type SearchContext, type WatchingSearch } from './kit/polled.js'
import { always, faultOfHttpUrl, maskedUrl, minute } from './kit/section.js'

/** One element of `http_sd_configs`. */
export interface HttpSdConfig {
  readonly http: HttpClientConfig
  /** Milliseconds between the starts of two requests; also the time each of them may take. */
  readonly refresh_interval: number
  readonly url: string
}

/** How one element of `http_sd_configs` is read. */
export const httpSection: StructType<HttpSdConfig> = struct(
  'http.plain',
  {
    http: inline(httpClientConfig),
    refresh_interval: field(duration, minute),
    url: field(maskedUrl, '', always),
  },
  ({ url }, at) => {
    const fault = faultOfHttpUrl(url)
    if (fault !== undefined) at.failKey('url', fault)
  },
)

/** `http_sd_configs`: targets from a URL that answers with a JSON list of target groups. */
export const http: MechanismFactory = polled({
  name: 'http',
  section: httpSection,
  baseUrl: ({ url }) => url,
  failures: {
    name: 'prometheus_sd_http_failures_total',
    help: 'Number of HTTP service discovery refresh failures.',
  },
  refusal: () => (response) => `server returned HTTP status ${statusLine(response)}`,
  groups: httpGroups,
})

/** A server answered, but not with target groups. */
export class HttpSdError extends Error {
  override readonly name = 'HttpSdError'
  readonly code = 'ERR_HTTP_SD'
}

/** What an answer came to, kept for the next one. */
interface Held {
  readonly groups: readonly TargetGroup[]
  readonly body: Buffer
  readonly conditions: Conditions
}

/** Far above a million targets; an endless body ends here. */
const maxBytes = 512 << 20

const jsonType = /^application\/json(?:;\s*charset=(?:"utf-8"|utf-8))?$/i

/** How long a server is asked to hold a request until its list changes; seconds. */
const waitSeconds = 30

/** A server that holds requests holds them for at least so long, in milliseconds, unless something changed. */
const leastWaitMs = 1000

/** This many answers in a row that changed nothing, to requests that wait for a change, are no service. */
const mostUseless = 3

/**
 * Asks the URL of a config for target groups, again and again. Where the server says or the body shows
 * that nothing changed, the very groups of the last answer come back.
 *
 * A server that says `Accept-Prefer: wait`, as muster does, is asked to hold a request until its list changes, beside
 * the polls; what it answers then is taken at once.
 */
export function httpGroups(
  { url, refresh_interval }: HttpSdConfig,
  { scheduler }: Pick<SearchContext, 'scheduler'>,
): WatchingSearch<'changed'> {
  const groups = groupReader(redactUrl(url))
  const offer = new WaitOffer()
  let held: Held | undefined
  /** An answer to a request that waited, for the next poll. */
  let fresh: HttpResponse | undefined
  const headers = (): Record<string, string> => ({
    'x-prometheus-refresh-interval-seconds': String(refresh_interval / 1000),
    ...held?.conditions,
  })
  const read = async (api: Api, response: HttpResponse): Promise<readonly TargetGroup[]> => {
    if (response.status === 304 && held !== undefined) return held.groups
    const type = response.header('content-type')?.trim() ?? ''
    if (!jsonType.test(type)) {
      const shown = JSON.stringify(response.withoutSecrets(type))
      throw new HttpSdError(`unsupported content type ${shown}`)
    }
    const { body } = response
    const conditions = conditionsOf(response)
    held =
      held?.body.equals(body) === true
        ? { ...held, conditions }
        : { groups: await groupsIn(response, groups, api), body, conditions }
    return held.groups
  }
  return {
    async find(api, hints) {
      offer.withdraw()
      const waited = hints === undefined ? undefined : fresh
      fresh = undefined
      const response =
        waited ??
        (await api.ask(url, {
          maxBytes,
          gzip: false,
          statuses: held === undefined ? [200] : [200, 304],
          headers: headers(),
        }))
      const found = await read(api, response)
      if (waits(response) && held?.conditions['if-none-match'] !== undefined) offer.make()
      return found
    },
    async *watch(api) {
      for (let useless = 0; useless < mostUseless; ) {
        await offer.made(api.signal)
        const start = scheduler.now()
        const before = held
        const response = await api.ask(url, {
          maxBytes,
          gzip: false,
          statuses: [200, 304],
          timeoutMs: waitSeconds * 1000 + refresh_interval,
          headers: { ...headers(), prefer: `wait=${String(waitSeconds)}` },
        })
        if (response.status === 304) {
          api.countRequest()
          if (scheduler.now() - start < leastWaitMs) throw new HttpSdError(tooSoon)
          continue
        }
        useless = before?.body.equals(response.body) === true ? useless + 1 : 0
        fresh = response
        offer.withdraw()
        yield 'changed'
      }
      throw new HttpSdError(tooSoon)
    },
  }
}

const tooSoon = 'the server offers to hold requests until its list changes, and answers before'

/** Whether a server offers to hold requests. */
function waits(response: HttpResponse): boolean {
  return (response.header('accept-prefer') ?? '').split(',').some((name) => name.trim() === 'wait')
}

/** Whether the server may be asked to hold a request: after a poll that found so, and until the next one. */
class WaitOffer {
  #isMade = false
  #tell: () => void = () => {}

  make(): void {
    this.#isMade = true
    this.#tell()
  }

  withdraw(): void {
    this.#isMade = false
  }

  /** Resolves once it may; rejects with the signal's reason. */
  async made(signal: AbortSignal): Promise<void> {
    while (!this.#isMade) {
      signal.throwIfAborted()
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal.removeEventListener('abort', wake)
          resolve()
        }
        this.#tell = wake
        signal.addEventListener('abort', wake)
      })
    }
  }
}

/** The error names keys of the answer, in which a server may repeat secrets. */
async function groupsIn(
  response: HttpResponse,
  reader: ListReader<TargetGroup>,
  api: Api,
): Promise<readonly TargetGroup[]> {
  try {
    return await readJsonList(response.body, reader, api)
  } catch (error) {
    if (!(error instanceof InvalidGroupsError)) throw error
    throw new InvalidGroupsError(response.withoutSecrets(error.message))
  }
}

/** @param url without its password: it stands in labels and sources, where people see it */
function groupReader(url: string): ListReader<TargetGroup> {
  const group = ({ targets, labels }: GroupSection, index: number): TargetGroup => ({
    source: `${url}:${String(index)}`,
    targets,
    labels: { ...labels, __meta_url: url },
  })
  return {
    whole: (text) => readJsonGroups(text).map(group),
    element: (item, index, text) => group(readJsonGroup(item, index, text), index),
  }
}

/** What lets a server answer "not modified": headers for the next request. */
type Conditions = Readonly<Record<string, string>>

/** Clocks of files and of servers count whole seconds; one more for their rounding. */
const settledMs = 2000

/**
 * The conditions that an answer allows. Servers make validators of modification times in whole
 * seconds, so a file that changes twice in one second could look unmodified forever: an answer that
 * young gives no conditions (RFC 9110, 8.8.2.2).
 */
function conditionsOf(response: Pick<HttpResponse, 'header'>): Conditions {
  const etag = response.header('etag')
  const modified = response.header('last-modified')
  if (modified !== undefined && !isSettled(modified, response.header('date'))) return {}
  if (etag !== undefined) return { 'if-none-match': etag }
  return modified === undefined ? {} : { 'if-modified-since': modified }
}

function isSettled(modified: string, date: string | undefined): boolean {
  const age = Date.parse(date ?? '') - Date.parse(modified)
  return age >= settledMs
}
