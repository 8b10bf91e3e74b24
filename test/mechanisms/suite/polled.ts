import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Labels } from '../../../src/labels/index.js'
import { type ApiFault, apiFaults, largeAnswers } from './api-faults.js'
import type { Element, FaultCase, OracleCase, RunCases, Stage } from './cases.js'
import { type CloudAnswer, type CloudRequest, Clouds, type WholeAnswer } from './clouds.js'

/** A way of finding targets that polls an API over HTTP, one request after the other. */
export interface PolledCases {
  /** `with role hcloud`; empty for a mechanism that has one way only. */
  readonly title?: string
  /** The keys that it is run with, credentials included; what leads it to the test's API is added. */
  readonly config: Element
  /** The headers that each of its requests must have. */
  readonly headers: Readonly<Record<string, string>>
  /**
   * The requests of one poll, in their order, and the files in `fixtures/` that answer them. A request is
   * its URL, with the method before it unless that is GET: `https://api.hetzner.cloud/v1/networks?page=1`.
   */
  readonly answers: Readonly<Record<string, string>>
  /** The targets that come of it, with the labels of their groups. */
  readonly targets: readonly Labels[]
  /** A body that lists nothing, for any of the requests. */
  readonly empty: string
  /** Bodies in place of the last one that have another shape, and what is said of them after the URL. */
  readonly misshapen: Readonly<Record<string, string>>
  /** A body in place of the first one that names the page after it again and again. */
  readonly endlessPages?: string
  /** What is said of a status that is of no use where the API itself says nothing. */
  readonly refusal: (status: number) => string
  /** Answers in which the API itself says what is wrong, and what is said of them. */
  readonly refusals?: readonly (Omit<WholeAnswer, 'kind'> & { readonly says: string })[]
  /** It takes answers of hundreds of megabytes, which a test has not the time to send. */
  readonly takesHugeAnswers?: true
  readonly failureCounter?: string
  readonly oracle: OracleCase | string
}

/** How an API plays a fault: for one of its requests, or for all of them. */
interface Part {
  readonly answer: ApiFault['answer']
  readonly line?: string
}

/** The cases of a mechanism that polls an API over HTTP. */
export function polled(cases: PolledCases): RunCases {
  const { title = '', oracle, failureCounter } = cases
  const lines = Object.keys(cases.answers)
  const last = lines.at(-1) ?? ''
  // What may happen to any request is tried with the first one and with the last one.
  const parts =
    lines.length === 1
      ? ([['', last]] as const)
      : ([
          [` to request 1 of ${String(lines.length)}`, lines[0] ?? ''],
          [` to request ${String(lines.length)} of ${String(lines.length)}`, last],
        ] as const)
  const faults: (FaultCase & Part)[] = [
    ...parts.flatMap(([where, line]) =>
      [...apiFaults(cases.refusal), ...(cases.takesHugeAnswers ? [] : largeAnswers)].map(
        (fault) => ({ ...fault, title: fault.title + where, line }),
      ),
    ),
    ...(cases.refusals ?? []).map(({ says, ...answer }) => ({
      title: `answers ${String(answer.status)}: ${says}`,
      says,
      answer: (): WholeAnswer => ({ kind: 'whole', ...answer }),
    })),
    ...Object.entries(cases.misshapen).map(([body, says]) => ({
      title: `answers what has another shape: ${says}`,
      says: `${last.replace(/^\w+ /, '')}: ${says}`,
      line: last,
      answer: (): WholeAnswer => ({ kind: 'whole', body }),
    })),
  ]
  const { endlessPages } = cases
  if (endlessPages !== undefined) {
    faults.push({
      title: 'answers with pages that do not end',
      says: /: the list of pages does not end: it leads back to this page$/,
      answer: () => ({ kind: 'whole', body: endlessPages }),
    })
  }
  const played = new Map<string, Part>([
    ...faults.map((fault) => [fault.title, fault] as const),
    ['lists nothing', { answer: () => ({ kind: 'whole', body: cases.empty }) }],
  ])
  return {
    title,
    pace: 'polls',
    oracle,
    ...(failureCounter === undefined ? {} : { failureCounter }),
    open: (folder) => Api.open(cases, played, folder),
    faults: [
      ...faults,
      { title: 'cannot be connected to', says: /: connect ECONNREFUSED 127\.0\.0\.1:\d+$/ },
      { title: 'cannot be reached by the proxy', says: /: 502 Bad Gateway$/ },
    ],
    changes: [{ title: 'lists nothing', targets: () => [] }],
    pauses: [
      'while it waits for the proxy',
      'while it waits for TLS',
      ...parts.flatMap(([where]) => [
        `before the answer${where}`,
        `in the middle of the answer${where}`,
      ]),
    ],
  }
}

/** An API whose answers are files. */
class Api implements Stage {
  readonly config: Element
  readonly targets: readonly Labels[]
  readonly expected: readonly string[]
  readonly #cases: PolledCases
  readonly #faults: ReadonlyMap<string, Part>
  readonly #folder: string
  readonly #clouds: Clouds
  #part: Part | undefined

  private constructor(
    cases: PolledCases,
    faults: ReadonlyMap<string, Part>,
    folder: string,
    clouds: Clouds,
  ) {
    this.#cases = cases
    this.#faults = faults
    this.#folder = folder
    this.#clouds = clouds
    this.config = { ...cases.config, ...clouds.config }
    this.targets = cases.targets
    this.expected = Object.keys(cases.answers)
  }

  static async open(
    cases: PolledCases,
    faults: ReadonlyMap<string, Part>,
    folder: string,
  ): Promise<Api> {
    const clouds = await Clouds.open((request) => api.#answer(request))
    const api: Api = new Api(cases, faults, folder, clouds)
    return api
  }

  get asked(): readonly string[] {
    return this.#clouds.asked.map(({ line }) => line)
  }

  get secrets(): readonly string[] {
    return this.#clouds.asked.flatMap(({ headers }) => headers.authorization?.split(' ')[1] ?? [])
  }

  get connections(): number {
    return this.#clouds.connections
  }

  async begin(title: string): Promise<void> {
    if (title === 'cannot be connected to') await this.#clouds.close()
    else if (title === 'cannot be reached by the proxy') {
      // The connections that there are lead to the host already.
      await this.#clouds.close()
      await this.#clouds.reopen()
      this.#clouds.tunnel = 'refused'
    } else this.#part = this.#faults.get(title)
  }

  async mend(): Promise<void> {
    this.#part = undefined
    this.#clouds.tunnel = 'open'
    await this.#clouds.reopen()
  }

  pause(point: string): Promise<void> {
    return new Promise((resolve) => {
      if (/proxy|TLS/.test(point)) {
        this.#clouds.tunnel = /proxy/.test(point) ? 'silent' : 'dead'
        this.#clouds.onTunnel = resolve
        return
      }
      const line = this.expected[point.includes('request 1 of') ? 0 : this.expected.length - 1]
      this.#part = {
        ...(line === undefined ? {} : { line }),
        answer: (body) => {
          resolve()
          return point.startsWith('before') ? { kind: 'silence' } : { kind: 'stall', body }
        },
      }
    })
  }

  close(): Promise<void> {
    return this.#clouds.close()
  }

  #answer(request: CloudRequest): CloudAnswer {
    const missing = Object.entries(this.#cases.headers).find(
      ([name, value]) => request.headers[name] !== value,
    )
    const file = this.#cases.answers[request.line]
    if (missing !== undefined || file === undefined) return { kind: 'whole', status: 404, body: '' }
    const good = readFileSync(path.join(this.#folder, 'fixtures', file), 'utf8')
    const part = this.#part
    if (part === undefined || (part.line ?? request.line) !== request.line) {
      return { kind: 'whole', body: good }
    }
    return part.answer(good, request)
  }
}
