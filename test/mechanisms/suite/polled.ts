import { STATUS_CODES } from 'node:http'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Labels } from '../../../src/labels/index.js'
import { type ApiFault, apiFaults, largeAnswers } from './api-faults.js'
import type { ApiCase, Element, FaultCase, OracleCase, Reached, RunCases, Stage } from './cases.js'
import {
  type CloudAnswer,
  type CloudRequest,
  Clouds,
  directHost,
  type Listen,
  type Tunnel,
  type WholeAnswer,
} from './clouds.js'

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
  readonly answers: Readonly<Record<string, string | FileAnswer>>
  /** The beginning of requests with which it watches beside its polls; nothing ever happens. */
  readonly watch?: string
  /** What the error of a request begins with, before the URL. */
  readonly begins?: (line: string) => string
  /** Those of them whose answers are kept, so that later polls do not make them: the version of the API. */
  readonly kept?: readonly string[]
  /** Those that concern one target: a failure is that target's alone, which has tests of its own. */
  readonly ofOneTarget?: readonly string[]
  /** Those that get a token in each poll: they are answered well where all others list nothing. */
  readonly logIn?: readonly string[]
  /** What the real server of the comparison asks besides, or in other words, and the files that answer. */
  readonly oracleAnswers?: Readonly<Record<string, string | FileAnswer>>
  /** What tells requests with one URL apart, written after it: the method that an XML-RPC body calls. */
  readonly aspect?: (request: CloudRequest) => string
  /**
   * For a mechanism that has no `proxy_url`: how the API listens, and the keys that lead there. Requests
   * and fixtures call it {@link directHost}, and `origin` is its true one (or the path of its socket).
   */
  readonly direct?: {
    readonly listen: Listen
    readonly config: (origin: string) => Element
  }
  /**
   * For a mechanism without the keys of an HTTP client: the variables that it needs besides those that lead it to
   * its hosts, such as where its credentials are. A real Prometheus beside it gets the same.
   * @param folder of its own, which goes away with it
   */
  readonly environment?: (folder: string) => Promise<Readonly<Record<string, string>>>
  /**
   * The targets that come of it, with the labels of their groups. `{port}` in a value is the port of an API
   * that is reached straight.
   */
  readonly targets: readonly Labels[]
  /** A body that lists nothing, for any of the requests; or what it is for each. */
  readonly empty: string | ((request: CloudRequest) => string)
  /** Bodies in place of the last one that have another shape, and what is said of them after the URL. */
  readonly misshapen: Readonly<Record<string, string>>
  /** A body in place of any that names one of the requests as the page after it. */
  readonly endlessPages?: string
  /** What is said of a status that is of no use where the API itself says nothing; default the kit's text. */
  readonly refusal?: (status: number) => string
  /** Answers in which the API itself says what is wrong, and what is said of them. */
  readonly refusals?: readonly (Omit<WholeAnswer, 'kind'> & { readonly says: string })[]
  /** It takes answers of hundreds of megabytes, which a test has not the time to send. */
  readonly takesHugeAnswers?: true
  readonly sameLabels?: true
  readonly failureCounter?: string
  readonly oracle: OracleCase | string
}

/** A file in `fixtures/` that is an answer with a status or headers of its own. */
export interface FileAnswer {
  readonly file: string
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** What an API does in place of answering well. */
type Play =
  /** Nothing listens at its address. */
  | { readonly kind: 'unreachable' }
  /** The way to it is like this. */
  | { readonly kind: 'tunnel'; readonly tunnel: Tunnel }
  /** It answers this, to one request (its URL) or to all. */
  | {
      readonly kind: 'answer'
      readonly answer: ApiFault['answer']
      readonly line?: string | undefined
    }

/** A case, and what the API does in it. */
type Played<T> = T & { readonly play: Play }

/** The cases of a mechanism that polls an API over HTTP. */
export function polled(cases: PolledCases): RunCases {
  const { title = '', oracle, failureCounter } = cases
  const faults = faultsOf(cases)
  const change = { title: 'lists nothing', targets: () => [], play: listsNothing(cases.empty) }
  const pauses = pausesOf(cases)
  const plays = new Map([...faults, change, ...pauses].map((one) => [one.title, one.play]))
  return {
    title,
    pace: 'polls',
    oracle,
    ...(failureCounter === undefined ? {} : { failureCounter }),
    ...(cases.watch === undefined ? {} : { watches: true }),
    ...(cases.sameLabels === undefined ? {} : { sameLabels: true }),
    open: (folder) => Api.open(cases, plays, folder),
    api: (folder) => apiOf(cases, folder),
    faults,
    changes: [change],
    pauses: pauses.map((pause) => pause.title),
  }
}

function apiOf(cases: PolledCases, folder: string): ApiCase {
  const { config, direct, environment } = cases
  return {
    config,
    ...(direct === undefined ? {} : { at: direct.config }),
    ...(environment === undefined ? {} : { environment }),
    hosts: direct === undefined ? hostsOf(cases) : [],
    targets: (port) => cases.targets.map((target) => withPort(target, port)),
    answer: (request, origin) => goodAnswer(cases, folder, request, origin),
  }
}

/** What a request is called in the cases. */
function lineOf({ aspect }: PolledCases, request: CloudRequest): string {
  return aspect === undefined ? request.line : `${request.line} ${aspect(request)}`
}

/** How a request is answered when all is well; undefined where the cases have no such request. */
function goodAnswer(
  cases: PolledCases,
  folder: string,
  request: CloudRequest,
  origin: string,
): CloudAnswer | undefined {
  const { answers, headers, oracleAnswers, watch } = cases
  const line = lineOf(cases, request)
  if (watch !== undefined && line.startsWith(watch)) return { kind: 'watch' }
  const answer = answers[line] ?? oracleAnswers?.[line]
  const isAsExpected = Object.entries(headers).every(
    ([name, value]) => request.headers[name] === value,
  )
  if (!isAsExpected || answer === undefined) return undefined
  const { file, ...rest } = typeof answer === 'string' ? { file: answer } : answer
  const text = readFileSync(path.join(folder, 'fixtures', file), 'utf8')
  const body = text.replaceAll(directHost, origin)
  return { kind: 'whole', body, ...rest, headers: { ...typeOf(file), ...rest.headers } }
}

function sends(answer: Omit<WholeAnswer, 'kind'>, line?: string): Play {
  return { kind: 'answer', line, answer: () => ({ kind: 'whole', ...answer }) }
}

function listsNothing(empty: PolledCases['empty']): Play {
  if (typeof empty === 'string') return sends({ body: empty })
  return {
    kind: 'answer',
    answer: (_, request) => ({ kind: 'whole', body: empty(request) }),
  }
}

/** The requests that each poll makes, and that it cannot do without. */
function repeatedRequests(cases: PolledCases): readonly string[] {
  const { answers, kept = [], ofOneTarget = [] } = cases
  return Object.keys(answers).filter((line) => !kept.includes(line) && !ofOneTarget.includes(line))
}

/** The requests to try what may happen to any of them: the first one and the last one. */
function triedRequests(
  lines: readonly string[],
): readonly (readonly [name: string, line: string])[] {
  const all = lines.map((line, i): readonly [string, string] => {
    return [
      lines.length === 1 ? '' : ` to request ${String(i + 1)} of ${String(lines.length)}`,
      line,
    ]
  })
  return all.filter((_, i) => i === 0 || i === all.length - 1)
}

function faultsOf(cases: PolledCases): readonly Played<FaultCase>[] {
  const { refusals = [], misshapen, endlessPages, takesHugeAnswers, begins = () => '' } = cases
  const lines = repeatedRequests(cases)
  const [first = ''] = lines
  const last = lines.at(-1) ?? ''
  const ofAnyApi = (line: string): readonly ApiFault[] => [
    ...apiFaults((status) => begins(line) + (cases.refusal ?? usualRefusal(line))(status)),
    ...(takesHugeAnswers === true ? [] : largeAnswers),
  ]
  return [
    ...triedRequests(lines).flatMap(([name, line]) =>
      ofAnyApi(line).map(({ title, answer, ...fault }): Played<FaultCase> => {
        return { ...fault, title: title + name, play: { kind: 'answer', answer, line } }
      }),
    ),
    ...refusals.map(({ says, ...answer }) => ({
      title: `answers ${String(answer.status)}: ${says}`,
      says: begins(first) + says,
      play: sends(answer),
    })),
    ...Object.entries(misshapen).map(([body, says]) => ({
      title: `answers what has another shape: ${says}`,
      says: `${begins(last)}${urlOf(last)}: ${says}`,
      play: sends({ body }, last),
    })),
    ...(endlessPages === undefined ? [] : [endless(endlessPages)]),
    {
      title: 'cannot be connected to',
      says:
        cases.direct?.listen === 'unix'
          ? /: connect (?:ECONNREFUSED|ENOENT) \//
          : /: connect ECONNREFUSED 127\.0\.0\.1:\d+$/,
      play: { kind: 'unreachable' },
    },
    ...(cases.direct === undefined
      ? [
          {
            title: 'cannot be reached by the proxy',
            says: /: 502 Bad Gateway$/,
            play: { kind: 'tunnel', tunnel: 'refused' } as const,
          },
        ]
      : []),
  ]
}

/** What the kit says of a status that is of no use. */
function usualRefusal(line: string): (status: number) => string {
  return (status) =>
    `${urlOf(line)}: server returned HTTP status ${String(status)} ${STATUS_CODES[status] ?? ''}`
}

/** The URL of a request. */
function urlOf(line: string): string {
  return line.replace(/^\w+ /, '').replace(/ .*/, '')
}

function endless(body: string): Played<FaultCase> {
  return {
    title: 'answers with pages that do not end',
    says: /: the list of pages does not end: it leads back to this page$/,
    play: sends({ body }),
  }
}

function pausesOf(cases: PolledCases): readonly Played<{ readonly title: string }>[] {
  const ofTunnel: readonly Played<{ readonly title: string }>[] = [
    { title: 'while it waits for the proxy', play: { kind: 'tunnel', tunnel: 'silent' } },
    { title: 'while it waits for TLS', play: { kind: 'tunnel', tunnel: 'dead' } },
  ]
  return [
    ...(cases.direct === undefined ? ofTunnel : []),
    ...triedRequests(Object.keys(cases.answers)).flatMap(
      ([name, line]): readonly Played<{ title: string }>[] => [
        {
          title: `before the answer${name}`,
          play: { kind: 'answer', line, answer: () => ({ kind: 'silence' }) },
        },
        {
          title: `in the middle of the answer${name}`,
          play: { kind: 'answer', line, answer: (body) => ({ kind: 'stall', body }) },
        },
      ],
    ),
  ]
}

/** The same labels, with the port of an API where they name it. */
function withPort(labels: Labels, port: number): Labels {
  const entries = Object.entries(labels).map(([name, value]) => [
    name,
    value.replaceAll('{port}', String(port)),
  ])
  return Object.fromEntries(entries) as Labels
}

function typeOf(file: string): Readonly<Record<string, string>> {
  return file.endsWith('.xml') ? { 'content-type': 'application/xml' } : {}
}

/** The keys of a section that lead it there. */
function leading({ direct, environment }: PolledCases, clouds: Clouds): Element {
  if (direct !== undefined) return direct.config(clouds.origin)
  return environment === undefined ? clouds.config : {}
}

/** The hosts that are asked. */
function hostsOf({ answers, oracleAnswers }: PolledCases): readonly string[] {
  const lines = Object.keys({ ...answers, ...oracleAnswers })
  return [...new Set(lines.map((line) => new URL(urlOf(line)).hostname))]
}

/** An API whose answers are files. */
class Api implements Stage {
  readonly config: Element
  readonly env: Readonly<Record<string, string>>
  readonly targets: readonly Labels[]
  readonly expected: readonly string[]
  readonly #cases: PolledCases
  readonly #plays: ReadonlyMap<string, Play>
  readonly #folder: string
  readonly #clouds: Clouds
  readonly unexpected: string[] = []
  #play: Play | undefined
  #met = false
  #onPlay: () => void = () => undefined

  private constructor(
    cases: PolledCases,
    plays: ReadonlyMap<string, Play>,
    folder: string,
    clouds: Clouds,
    env: Readonly<Record<string, string>>,
  ) {
    this.env = env
    this.#cases = cases
    this.#plays = plays
    this.#folder = folder
    this.#clouds = clouds
    this.config = { ...cases.config, ...leading(cases, clouds) }
    this.targets = cases.targets.map((target) => withPort(target, clouds.port))
    this.expected = Object.keys(cases.answers)
  }

  static async open(
    cases: PolledCases,
    plays: ReadonlyMap<string, Play>,
    folder: string,
  ): Promise<Api> {
    const { environment, direct } = cases
    const clouds = await Clouds.open(
      (request) => api.#answer(request),
      environment === undefined ? direct?.listen : hostsOf(cases),
    )
    const env =
      environment === undefined
        ? {}
        : { ...clouds.environment, ...(await environment(clouds.folder)) }
    const api: Api = new Api(cases, plays, folder, clouds, env)
    return api
  }

  get asked(): readonly string[] {
    return this.#clouds.asked
      .map((request) => this.#lineOf(request))
      .filter((line) => !this.#isWatch(line))
  }

  get secrets(): readonly string[] {
    return this.#clouds.asked.flatMap(({ headers }) => headers.authorization?.split(' ')[1] ?? [])
  }

  get met(): boolean {
    return this.#met
  }

  get connections(): number {
    return this.#clouds.connections
  }

  async begin(title: string): Promise<void> {
    const play = this.#plays.get(title)
    if (play === undefined) throw new Error(`nothing is known of "${title}"`)
    this.#play = play
    this.#met = false
    if (play.kind === 'answer') return
    // The connections that there are lead to the host already.
    await this.#clouds.close()
    if (play.kind === 'unreachable') return
    this.#clouds.tunnel = play.tunnel
    this.#clouds.onTunnel = () => this.#onPlay()
    await this.#clouds.reopen()
  }

  async mend(): Promise<void> {
    this.#play = undefined
    this.#clouds.tunnel = 'open'
    await this.#clouds.reopen()
  }

  async pause(title: string): Promise<Reached> {
    const reached = new Promise<void>((resolve) => {
      this.#onPlay = resolve
    })
    await this.begin(title)
    return { reached }
  }

  named(text: string): string {
    return this.#clouds.named(text)
  }

  close(): Promise<void> {
    return this.#clouds.end()
  }

  #isWatch(line: string): boolean {
    const { watch } = this.#cases
    return watch !== undefined && line.startsWith(watch)
  }

  #lineOf(request: CloudRequest): string {
    return lineOf(this.#cases, request)
  }

  #answer(request: CloudRequest): CloudAnswer {
    const { logIn = [] } = this.#cases
    const line = this.#lineOf(request)
    const answer = goodAnswer(this.#cases, this.#folder, request, this.#clouds.origin)
    if (answer === undefined) {
      this.unexpected.push(`${line} ${JSON.stringify(request.headers)}`)
      return { kind: 'whole', status: 404, body: '' }
    }
    const play = this.#play
    const isPlayed =
      play?.kind === 'answer' &&
      (play.line === undefined ? !logIn.includes(line) : play.line === line)
    if (answer.kind !== 'whole' || !isPlayed) return answer
    this.#met = true
    this.#onPlay()
    return play.answer(String(answer.body), request)
  }
}
