import type { Http2ServerResponse } from 'node:http2'
import type { Labels } from '../../labels/index.js'
import type { NameScheme } from '../../relabel/index.js'
import type { TargetSearch } from '../../scrape/search/index.js'
import { errorMessage } from '../../telemetry/error-text.js'
import type { WebContext } from '../context.js'
import { failure, success } from '../reply/envelope.js'
import { applicationJson, replyText } from '../reply/reply.js'
import { BodyReader } from './body-reader.js'
import type { OwnOrigin } from './own-origin.js'
import { foreignPage, type WebRoute } from './route.js'
import { readRules, tryOn } from './rule-steps.js'
import { answeringSearch } from './search.js'

/** What a body may have, and all bodies together that are read or worked on. */
export const trialBounds: Readonly<Record<'maxBytes' | 'maxHeldBytes', number>> = {
  maxBytes: 64 * 1024,
  maxHeldBytes: 16 * 64 * 1024,
}

/** What is asked for. */
interface Trial {
  readonly rules: string
  readonly scheme: NameScheme
  readonly on:
    | { readonly kind: 'labels'; readonly labels: Labels }
    | { readonly kind: 'target'; readonly pool: string; readonly id: string }
    | { readonly kind: 'pool'; readonly pool: string }
}

/**
 * `POST /api/v1/relabel`: what rules do to a label set, to a target, or to all targets of a job. Nothing of it goes
 * over the network or into a log.
 */
export function relabelRoute(search: TargetSearch, isOwnOrigin: OwnOrigin): WebRoute {
  const bodies = new BodyReader(trialBounds)
  return {
    methods: ['POST'],
    path: '/api/v1/relabel',
    needsReady: true,
    handle: async (c) => {
      const reason = foreignPage(c, isOwnOrigin)
      if (reason !== undefined) return refused(c, 403, reason)
      const answer = await bodies.use(c, async (body) => {
        const trial = readTrial(body)
        if (typeof trial === 'string') return failure(c, 'bad_data', trial)
        return await answeringSearch(c, (signal) => run(c, search, trial, signal))
      })
      if (answer instanceof Response) return answer
      if (answer === 'too long') {
        return refused(c, 413, `the body is longer than ${String(trialBounds.maxBytes)} bytes`)
      }
      c.header('Retry-After', '1')
      return refused(c, 503, 'the body came too slowly, or too many are being sent')
    },
  }
}

function refused(c: WebContext, status: 403 | 413 | 503, message: string): Response {
  leaveRest(c)
  const body = JSON.stringify({ status: 'error', errorType: 'bad_data', error: message })
  return replyText(c, status, body, applicationJson)
}

/** For an answer before the end of the body, the rest of which is thrown away. */
export function leaveRest(c: WebContext): void {
  const { stream } = c.env.outgoing as unknown as Partial<Http2ServerResponse>
  // A stream would stay open until all of its body has come.
  if (stream !== undefined) c.env.outgoing.once('finish', () => stream.close())
  else if (c.env.incoming.httpVersionMajor === 1) c.header('Connection', 'close')
}

async function run(
  c: WebContext,
  search: TargetSearch,
  trial: Trial,
  signal: AbortSignal,
): Promise<Response> {
  const read = readRules(trial.rules, trial.scheme)
  if (!('rules' in read)) {
    const [first] = read.issues
    const place = first && `line ${String(first.line)}, column ${String(first.column)}: `
    return failure(c, 'bad_data', `rules: ${place ?? ''}${first?.message ?? ''}`, read)
  }
  const { on } = trial
  if (on.kind === 'pool') {
    const found = await search.tryRules(on.pool, read.rules, signal)
    if (found === undefined)
      return failure(c, 'not_found', `no job is called ${JSON.stringify(on.pool)}`)
    return await success(c, found)
  }
  const labels = on.kind === 'labels' ? on.labels : await labelsOf(search, on, signal)
  if (labels === undefined) return failure(c, 'not_found', 'no target of this job has this id')
  const tried = tryOn(read, trial.scheme, labels)
  return 'message' in tried ? failure(c, 'execution', tried.message) : await success(c, tried)
}

async function labelsOf(
  search: TargetSearch,
  { pool, id }: { readonly pool: string; readonly id: string },
  signal: AbortSignal,
): Promise<Labels | undefined> {
  const found = await search.target(pool, id, signal)
  return found?.item.discoveredLabels
}

/** What the body says; a text where it says something that cannot be. */
function readTrial(body: string): Trial | string {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch (error) {
    return `the body is not JSON: ${errorMessage(error)}`
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'the body must be a JSON object with rules, and labels, target or pool'
  }
  const { rules, labels, target, pool, scheme = 'utf8' } = value as Record<string, unknown>
  if (typeof rules !== 'string') return 'rules: it must be a text, YAML'
  if (scheme !== 'utf8' && scheme !== 'legacy') return 'scheme: it is utf8 or legacy'
  const given = [labels, target, pool].filter((one) => one !== undefined)
  if (given.length !== 1) return 'give one of labels, target and pool'
  if (pool !== undefined) {
    if (typeof pool !== 'string') return 'pool: it must be the name of a job'
    return { rules, scheme, on: { kind: 'pool', pool } }
  }
  if (target !== undefined) {
    const { pool: job, id } = (target ?? {}) as Record<string, unknown>
    if (typeof job !== 'string' || typeof id !== 'string') {
      return 'target: it must be an object with pool and id'
    }
    return { rules, scheme, on: { kind: 'target', pool: job, id } }
  }
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) {
    return 'labels: it must be an object of label names and values'
  }
  for (const [name, one] of Object.entries(labels)) {
    if (typeof one !== 'string')
      return `labels: the value of ${JSON.stringify(name)} must be a text`
  }
  return { rules, scheme, on: { kind: 'labels', labels: labels as Labels } }
}
