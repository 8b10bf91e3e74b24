import { gzipSync } from 'node:zlib'
import type { FaultCase } from './cases.js'
import type { CloudAnswer, CloudRequest } from './clouds.js'

/** A fault of an API that is asked over HTTP. */
export interface ApiFault extends FaultCase {
  /** @param good the body that it has when all is well */
  answer(good: string, request: CloudRequest): CloudAnswer
}

/** What a server may send with an error: it begins with the credentials that came with the request, and is not JSON. */
function echo({ headers, body }: CloudRequest): string {
  const credentials = headers.authorization?.split(' ').at(-1) ?? 'anonymous'
  return `${credentials} ${JSON.stringify(headers)} ${body}`
}

/** The same as the words of an error, wherever an API has them; what may be a credential comes first. */
function words({ headers, body }: CloudRequest): string {
  const own = Object.entries(headers).filter(([name]) => /^(?:authorization|x-)/.test(name))
  return own.map(([, value]) => String(value).replace(/^\w+ /, '')).join(' ') + body
}

/** An answer that repeats the request in the API's own words. */
function repeating(
  says: (words: string) => unknown,
  type: string = 'application/json',
): Omit<ApiFault, 'title'> {
  return {
    says: /./,
    answer: (_, request) => ({
      kind: 'whole',
      status: 403,
      headers: { 'content-type': type },
      body: JSON.stringify(says(words(request))),
    }),
  }
}

/** An answer of this status, whose body is not what the API says of its errors. */
function status(
  code: number,
  refusal: (status: number) => string,
  headers: Readonly<Record<string, string>> = {},
): Omit<ApiFault, 'title'> {
  return {
    says: refusal(code),
    answer: (_, request) => ({ kind: 'whole', status: code, headers, body: echo(request) }),
  }
}

const retryAfter = { 'retry-after': '7' }
/** That of the sections under test. */
const refreshMs = 60_000

/**
 * What may go wrong with any request of any mechanism that polls an API.
 * @param refusal what the mechanism says of a status that is of no use
 */
export function apiFaults(refusal: (status: number) => string): readonly ApiFault[] {
  return [
    ...[401, 403, 404, 429, 500, 502, 503].map((code) => ({
      title: `answers ${String(code)}`,
      ...status(code, refusal),
    })),
    ...[429, 503].map((code) => ({
      title: `answers ${String(code)} and asks to be left alone for a while`,
      ...status(code, refusal, retryAfter),
      waitMs: 7000,
    })),
    {
      title: 'answers 403 in words that repeat the request',
      ...repeating((message) => ({
        message,
        __type: 'AccessDenied',
        error: { message },
        errors: [{ reason: message, message }],
        Errors: [{ Code: '1', Type: message, Details: message }],
        messages: [{ message }],
      })),
    },
    {
      title: 'answers 403 in text that repeats the request',
      ...repeating((error) => ({ error, msg: error }), 'text/plain'),
    },
    {
      title: 'answers what is not JSON',
      says: /JSON|XML/,
      answer: (_, request) => ({ kind: 'whole', body: echo(request) }),
    },
    {
      title: 'answers JSON that is cut off',
      says: /JSON|XML/,
      answer: (good) => ({ kind: 'whole', body: cutOff(good) }),
    },
    { title: 'answers nothing', says: /JSON|XML/, answer: () => ({ kind: 'whole', body: '' }) },
    {
      title: 'ends the connection before any answer',
      says: /: (?:other side closed(?: without an answer(?:; .*)?)?|read ECONNRESET)$/,
      answer: () => ({ kind: 'reset' }),
    },
    {
      title: 'ends the connection in the middle of an answer',
      says: /: (?:other side closed|read ECONNRESET)$/,
      answer: (body) => ({ kind: 'cut', body }),
    },
    {
      title: 'does not answer',
      says: /: no complete answer within 60s$/,
      limitMs: refreshMs,
      answer: () => ({ kind: 'silence' }),
    },
    {
      title: 'stops in the middle of an answer',
      says: /: no complete answer within 60s$/,
      limitMs: refreshMs,
      answer: (body) => ({ kind: 'stall', body }),
    },
    {
      title: 'answers with a body that cannot be unpacked',
      says: /: unknown compression method$/,
      // It begins as one that is packed does; one that does not is taken as it is.
      answer: (body) => ({
        kind: 'whole',
        headers: { 'content-encoding': 'gzip' },
        body: Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.from(body)]),
      }),
    },
  ]
}

/** What may go wrong besides with a mechanism that takes no answer of more than 64 MiB. */
export const largeAnswers: readonly ApiFault[] = [
  {
    title: 'answers without end',
    says: /the answer is larger than \d+ bytes$/,
    answer: () => ({ kind: 'endless' }),
  },
  {
    title: 'answers with a small body that unpacks to a huge one',
    says: /the answer is larger than \d+ bytes$/,
    answer: () => ({ kind: 'whole', headers: { 'content-encoding': 'gzip' }, body: packed() }),
  },
]

/** Blanks, 65 MiB of them, as a few kilobytes of gzip. */
function packed(): Buffer {
  const megabyte = gzipSync(Buffer.alloc(1 << 20, ' '))
  return Buffer.concat(Array.from({ length: 65 }, () => megabyte))
}

/** A body without its end. Of a number that would be a number too: only its sign has come. */
function cutOff(good: string): string {
  const begun = good.trimEnd().slice(0, -1)
  return /^\d+$/.test(begun) ? '-' : begun
}
