import { goQuote } from '../../go/quote.js'

/** A server answered, but its head is none that Go's net/http would take either. */
export class HeadError extends Error {
  override readonly name = 'HeadError'
  readonly code = 'ERR_HTTP_HEAD'
}

const longestShown = 100

function shown(text: string): string {
  return goQuote(text.length > longestShown ? `${text.slice(0, longestShown)}...` : text)
}

/** What a head of an answer is, read as Go's net/http reads it. */
export type Head =
  /** A 1xx: the answer is still to come. */
  | { readonly kind: 'informational' }
  /** The head of the answer, written as RFC 9112 has it. */
  | { readonly kind: 'final'; readonly text: string }

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const strict = new RegExp(
  `^HTTP/1\\.[01] [2-9][0-9]{2} [^\\r\\n]*\\r\\n(?:${token}:[\\t\\x20-\\x7e\\x80-\\xff]*\\r\\n)+\\r\\n$`,
)
const framing = /\r\n(?:content-length|transfer-encoding):[^\r]*/gi
const plainFraming = /^\r\n(?:content-length: *[0-9]{1,15}|transfer-encoding: *chunked)$/i
/** A longer head is read line by line at once: a pattern might need too much stack for it. */
const longestForPattern = 16 << 10

/** Whether a head is as RFC 9112 has it, so that there is nothing to put right. */
function isStrict(text: string): boolean {
  if (text.length > longestForPattern || !strict.test(text)) return false
  const found = text.match(framing)
  if (found === null) return true
  const [only = '', second] = found
  if (second !== undefined || !plainFraming.test(only)) return false
  return text.startsWith('1', 7) || !/^\r\nt/i.test(only)
}

/**
 * Reads the head of an answer by the rules of Go's net/http, which takes much that RFC 9112 forbids: lines
 * that end with LF alone, folded lines, blanks before a colon, a length that is said twice, a version beyond 1.1.
 * @param text Latin-1, with the empty line at its end
 * @throws {HeadError} in Go's words for what Go refuses
 */
export function readHead(text: string): Head {
  if (isStrict(text)) return { kind: 'final', text }
  const [first = '', ...lines] = text.split('\n').map((line) => line.replace(/\r$/, ''))
  const status = readStatusLine(first)
  const fields = readFields(lines)
  if (status.code.startsWith('1') && status.code !== '101') return { kind: 'informational' }
  if (status.code === '101') {
    throw new HeadError('the server switches to another protocol, which it was not asked for (101)')
  }
  const kept = framed(fields, status.minor > 0)
  const head = [
    `HTTP/1.${status.minor > 0 ? '1' : '0'} ${status.code} ${status.reason}`,
    ...kept.map(({ name, value }) => `${name}: ${value}`),
  ]
  return { kind: 'final', text: `${head.join('\r\n')}\r\n\r\n` }
}

interface StatusLine {
  /** 1 for every version after 1.0. */
  readonly minor: 0 | 1
  readonly code: string
  readonly reason: string
}

function readStatusLine(line: string): StatusLine {
  const [, version, rest] = /^([^ ]*) (.*)$/.exec(line) ?? []
  if (version === undefined || rest === undefined) {
    throw new HeadError(`malformed HTTP response ${shown(line)}`)
  }
  const [, code = '', reason = ''] = /^ *([^ ]*) ?(.*)$/.exec(rest) ?? []
  if (!/^[0-9]{3}$/.test(code)) throw new HeadError(`malformed HTTP status code ${shown(code)}`)
  const [, major, minor] = /^HTTP\/([0-9])\.([0-9])$/.exec(version) ?? []
  if (major === undefined || minor === undefined) {
    throw new HeadError(`malformed HTTP version ${shown(version)}`)
  }
  return { minor: Number(major) * 10 + Number(minor) > 10 ? 1 : 0, code, reason }
}

interface Field {
  readonly name: string
  readonly value: string
}

/** The fields of these lines; those with a blank in their name are left out: nothing ever asks for them. */
function readFields(lines: readonly string[]): readonly Field[] {
  const [first = ''] = lines
  if (/^[ \t]/.test(first)) {
    throw new HeadError(`malformed MIME header initial line: ${shown(first)}`)
  }
  const fields: Field[] = []
  for (const line of unfolded(lines)) {
    const colon = line.indexOf(':')
    if (colon < 0) throw new HeadError(`malformed MIME header: missing colon: ${shown(line)}`)
    const name = line.slice(0, colon)
    const value = line.slice(colon + 1).replace(/^[ \t]+/, '')
    if (!nameOrBlanks.test(name) || !values.test(value)) {
      throw new HeadError(`malformed MIME header line: ${shown(line)}`)
    }
    if (!name.includes(' ')) fields.push({ name, value })
  }
  return fields
}

const nameOrBlanks = /^[ !#$%&'*+.^_`|~0-9A-Za-z-]+$/
const values = /^[\t\x20-\x7e\x80-\xff]*$/

function unfolded(lines: readonly string[]): readonly string[] {
  const parts: string[][] = []
  for (const line of lines) {
    if (line === '') break
    const trimmed = trimBlanks(line)
    if (/^[ \t]/.test(line)) parts.at(-1)?.push(trimmed)
    else parts.push([trimmed])
  }
  return parts.map((part) => part.join(' '))
}

/** Without the blanks around it: a pattern for those at its end would look at each run of blanks again and again. */
function trimBlanks(line: string): string {
  const isBlank = (at: number): boolean => line[at] === ' ' || line[at] === '\t'
  let from = 0
  let to = line.length
  while (from < to && isBlank(from)) from += 1
  while (to > from && isBlank(to - 1)) to -= 1
  return line.slice(from, to)
}

/** The fields, with at most one that says where the body ends. */
function framed(fields: readonly Field[], isNew: boolean): readonly Field[] {
  const named = (wanted: string): readonly string[] =>
    fields.filter(({ name }) => name.toLowerCase() === wanted).map(({ value }) => value)
  const encodings = named('transfer-encoding')
  const rest = fields.filter(({ name }) => !/^(?:transfer-encoding|content-length)$/i.test(name))
  const length = lengthOf(named('content-length'))
  // A server of HTTP/1.0 does not know of encodings: its body goes on to the end of the connection, or its length.
  if (isNew && encodings.length > 0) {
    const [only = '', second] = encodings
    if (second !== undefined) {
      const all = encodings.map((encoding) => shown(encoding)).join(' ')
      throw new HeadError(`too many transfer encodings: [${all}]`)
    }
    if (only.toLowerCase() !== 'chunked') {
      throw new HeadError(`unsupported transfer encoding: ${shown(only)}`)
    }
    return [...rest, { name: 'transfer-encoding', value: 'chunked' }]
  }
  return length === '' ? rest : [...rest, { name: 'content-length', value: length }]
}

/** What the fields of the length say; empty where that is nothing. */
function lengthOf(lengths: readonly string[]): string {
  const [length = '', ...others] = lengths.map(trimBlanks)
  if (others.some((other) => other !== length)) {
    const all = lengths.map((each) => shown(each)).join(' ')
    throw new HeadError(
      `http: message cannot contain multiple Content-Length headers; got [${all}]`,
    )
  }
  if (length !== '' && !(/^[0-9]+$/.test(length) && BigInt(length) < 1n << 63n)) {
    throw new HeadError(`bad Content-Length ${goQuote(length)}`)
  }
  return length
}
