import type { Buffer } from 'node:buffer'
import { type HttpClient, type HttpResponse, redactUrl, statusError } from '../../http/index.js'
import type { GroupSection } from '../kit/group-section.js'
import type { TargetGroup } from '../../discovery/index.js'
import { type Conditions, conditionsOf } from './conditions.js'
import type { Turns } from '../../waiting/turns.js'
import { HttpSdError } from './errors.js'
import { parseBody } from './parse.js'
import type { HttpSdConfig } from './section.js'

/** Far above a million targets; an endless body ends here. */
const maxBytes = 512 << 20

const jsonType = /^application\/json(?:;\s*charset=(?:"utf-8"|utf-8))?$/i

/** What an answer came to, kept for the next one. */
interface Held {
  readonly groups: readonly TargetGroup[]
  readonly body: Buffer
  readonly conditions: Conditions
}

/** Asks one URL for target groups, again and again. */
export class HttpPoller {
  readonly #config: HttpSdConfig
  readonly #client: HttpClient
  readonly #turns: Turns
  /** The URL for people, labels and sources: without its password. */
  readonly #shownUrl: string
  #held: Held | undefined

  constructor(config: HttpSdConfig, client: HttpClient, turns: Turns) {
    this.#config = config
    this.#turns = turns
    this.#client = client
    this.#shownUrl = redactUrl(config.url)
  }

  /**
   * Asks once. Where the server says or the body shows that nothing changed, the very groups of the
   * last answer come back.
   * @throws {HttpError | HttpSdError | InvalidGroupsError} when there are no groups to be had
   */
  async poll(signal: AbortSignal): Promise<readonly TargetGroup[]> {
    const held = this.#held
    const response = await this.#ask(held?.conditions ?? {}, signal)
    if (response.status === 304 && held !== undefined) return held.groups
    if (response.status !== 200) throw statusError(response)
    const type = response.header('content-type')?.trim() ?? ''
    if (!jsonType.test(type)) {
      throw new HttpSdError(`unsupported content type ${JSON.stringify(type)}`)
    }
    const conditions = conditionsOf(response)
    if (held?.body.equals(response.body) === true) {
      this.#held = { ...held, conditions }
      return held.groups
    }
    const groups = this.#complete(
      await parseBody(response.body, this.#turns, signal, (section, i) => this.#group(section, i)),
    )
    this.#held = { groups, body: response.body, conditions }
    return groups
  }

  #ask(conditions: Conditions, signal: AbortSignal): Promise<HttpResponse> {
    const { url, refresh_interval: interval } = this.#config
    return this.#client.request({
      url,
      signal,
      timeoutMs: interval,
      maxBytes,
      headers: {
        accept: 'application/json',
        'x-prometheus-refresh-interval-seconds': String(interval / 1000),
        ...conditions,
      },
    })
  }

  #group({ targets, labels }: GroupSection, index: number): TargetGroup {
    const source = this.#sourceOf(index)
    return { source, targets, labels: { ...labels, __meta_url: this.#shownUrl } }
  }

  /** A list that got shorter deletes the groups it no longer has. */
  #complete(groups: readonly TargetGroup[]): readonly TargetGroup[] {
    const before = this.#held?.groups.length ?? 0
    const gone = Array.from({ length: Math.max(0, before - groups.length) }, (_, i) => ({
      source: this.#sourceOf(groups.length + i),
      labels: {},
      targets: [],
    }))
    return gone.length === 0 ? groups : [...groups, ...gone]
  }

  #sourceOf(index: number): string {
    return `${this.#shownUrl}:${String(index)}`
  }
}
