import {
  HttpError,
  type HttpResponse,
  parseRetryAfter,
  redactUrl,
  statusLine,
} from '../../http/index.js'
import { readJsonOrNothing } from '../kit/api.js'
import * as json from '../kit/shape.js'
import type { Token } from './ways.js'

// Some services write numbers as texts.
const answerShape = json.object({
  access_token: json.text,
  expires_in: json.any,
  expires_on: json.any,
})

const refusalShape = json.object({ error: json.text, error_description: json.text })

/**
 * Reads the answer of a service that gives tokens.
 * @param from whose token it is, for errors
 * @param now Unix milliseconds
 * @throws {HttpError} of kind `credentials`; the text never quotes an answer that may hold a token
 */
export function tokenOf(answer: HttpResponse, from: string, now: number): Token {
  const at = `${from}: ${redactUrl(answer.url)}`
  if (answer.status !== 200) throw refused(answer, at, now)
  const { access_token: value, expires_in, expires_on } = readJsonOrNothing(answerShape, answer)
  if (value === '') throw new HttpError('credentials', `${at}: the answer has no access_token`)
  const seconds = Number(expires_in ?? 0)
  const until = Number(expires_on ?? 0) * 1000
  const expiresAt = seconds > 0 ? now + seconds * 1000 : until
  if (!(expiresAt > 0)) {
    throw new HttpError('credentials', `${at}: the answer does not say when the token expires`)
  }
  return { value, expiresAt }
}

function refused(answer: HttpResponse, at: string, now: number): HttpError {
  const { error, error_description: description } = readJsonOrNothing(refusalShape, answer)
  // What follows the first line are ids and the time.
  const [first = ''] = description.split(/[\r\n]/)
  const said = answer.withoutSecrets([error, first].filter((part) => part !== '').join(': '))
  const wait = parseRetryAfter(answer.header('retry-after'), now)
  const words = said === '' ? '' : `: ${said.replace(/\s+/g, ' ').slice(0, 500)}`
  return new HttpError('credentials', `${at}: ${statusLine(answer)}${words}`, {
    status: answer.status,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  })
}
