import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'

/** What a server sends byte by byte in answer to a GET, and what becomes of it. */
export interface RawAnswer {
  readonly title: string
  readonly bytes: Buffer
  /** Whether the server hangs up after that. */
  readonly hangsUp: boolean
  /** Whether Prometheus finds the target in it. */
  readonly isTaken: boolean
  /** Whether muster does, where that is something else on purpose. */
  readonly isTakenHere: boolean
}

/** The body that each answer is meant to have. */
export const body = '[{"targets":["127.0.0.1:1"]}]'

const length = `Content-Length: ${String(body.length)}`
const json = 'Content-Type: application/json'
const size = body.length.toString(16)

/** An answer with more lines in its head. */
function answer(...lines: readonly string[]): string {
  return ['HTTP/1.1 200 OK', json, length, ...lines, '', body].join('\r\n')
}

/** One that does not say its length but as these lines do. */
function head(...lines: readonly string[]): string {
  return ['HTTP/1.1 200 OK', json, ...lines, '', ''].join('\r\n')
}

function status(line: string): string {
  return [line, json, length, '', body].join('\r\n')
}

const chunks = `${size}\r\n${body}\r\n0\r\n\r\n`

function chunked(text: string): string {
  return head('Transfer-Encoding: chunked') + text
}

function packed(coding: string, bytes: Buffer): Buffer {
  const first = head(`Content-Encoding: ${coding}`, `Content-Length: ${String(bytes.length)}`)
  return Buffer.concat([Buffer.from(first), bytes])
}

function many(count: number, value: string): string[] {
  return Array.from({ length: count }, (_, i) => `X-${String(i)}: ${value}`)
}

const continues = 'HTTP/1.1 100 Continue\r\n\r\n'
const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'

type Row = readonly [title: string, bytes: string | Buffer, hangsUp?: 'hangs up']

const taken: readonly Row[] = [
  ['plain', answer()],

  ['lines that end with LF alone', answer().replaceAll('\r\n', '\n')],
  ['a status line that ends with LF alone', answer().replace('OK\r\n', 'OK\n')],
  ['a header that ends with LF alone', answer('X-A: b').replace('b\r\n', 'b\n')],
  ['an empty line of LF alone', answer().replace('\r\n\r\n', '\r\n\n')],

  ['a folded header', answer('X-A: b\r\n c')],
  ['a header folded with a tab', answer('X-A: b\r\n\tc')],
  ['a folded header with LF alone', answer('X-A: b\n c').replaceAll('\r\n', '\n')],
  ['a folded Content-Type', answer().replace(': application', ':\r\n application')],
  ['a folded Content-Length', answer().replace('Length: ', 'Length:\r\n ')],
  ['a folded Transfer-Encoding', head('Transfer-Encoding:\r\n chunked') + chunks],
  ['a header folded over a line of blanks', answer('X-A: b\r\n \r\n c')],

  ['100 Continue first', continues + answer()],
  ['100 Continue with headers first', `HTTP/1.1 100 Continue\r\nX-A: b\r\n\r\n${answer()}`],
  ['100 Continue with LF alone first', `HTTP/1.1 100 Continue\n\n${answer()}`],
  ['100 Continue twice', continues + continues + answer()],
  ['102 Processing first', `HTTP/1.1 102 Processing\r\n\r\n${answer()}`],
  ['103 Early Hints first', hints + answer()],
  ['103 Early Hints six times', hints.repeat(6) + answer()],
  ['100 and 103 in turn', continues + hints + continues + answer()],
  ['199 first', `HTTP/1.1 199 Odd\r\n\r\n${answer()}`],
  ['an offer to upgrade', answer('Upgrade: h2,h2c', 'Connection: Upgrade')],

  ['a header of 17 KiB', answer(`X-A: ${'a'.repeat(17 << 10)}`)],
  ['a header of 64 KiB', answer(`X-A: ${'a'.repeat(64 << 10)}`)],
  ['a header of 900 KiB', answer(`X-A: ${'a'.repeat(900 << 10)}`)],
  ['300 headers of a kilobyte', answer(...many(300, 'a'.repeat(1000)))],
  ['5,000 headers', answer(...many(5000, 'a'))],

  ['gzip for a label, and plain text', answer('Content-Encoding: gzip')],
  ['br for a label, and plain text', answer('Content-Encoding: br')],
  ['deflate for a label, and plain text', answer('Content-Encoding: deflate')],
  ['an unknown label, and plain text', answer('Content-Encoding: utf-8')],
  ['the label identity', answer('Content-Encoding: identity')],

  ['chunks', chunked(chunks)],
  ['an encoding in another case', head('Transfer-Encoding: CHUNKED') + chunks],
  ['a chunk with an extension', chunked(`${size};a="b c"\r\n${body}\r\n0\r\n\r\n`)],
  ['blanks behind the size of a chunk', chunked(`${size}  \r\n${body}\r\n0\r\n\r\n`)],
  ['a size with zeros before it', chunked(`0000${size.toUpperCase()}\r\n${body}\r\n00\r\n\r\n`)],
  ['a trailer', chunked(`${size}\r\n${body}\r\n0\r\nX-T: a\r\n\r\n`)],
  ['a folded trailer', chunked(`${size}\r\n${body}\r\n0\r\nX-T: a\r\n b\r\n\r\n`)],
  ['chunks and their length', head('Transfer-Encoding: chunked', length) + chunks],
  ['the length of its chunks first', head(length, 'Transfer-Encoding: chunked') + chunks],
  ['chunks and a wrong length', head('Transfer-Encoding: chunked', 'Content-Length: 3') + chunks],

  ['its length twice', answer(length)],
  ['a length with zeros before it', head(`Content-Length: 000${String(body.length)}`) + body],
  ['a length with blanks around it', head(`Content-Length:  \t${String(body.length)}  `) + body],
  ['an empty length, to the end', head('Content-Length:') + body, 'hangs up'],
  ['no length, to the end', head() + body, 'hangs up'],
  ['no length and keep-alive, to the end', head('Connection: keep-alive') + body, 'hangs up'],
  ['more than its length', `${answer()}xxxxx`],

  ['no reason', status('HTTP/1.1 200')],
  ['an empty reason', status('HTTP/1.1 200 ')],
  ['a reason in Latin-1', status('HTTP/1.1 200 \xc0k')],
  ['a reason with a tab', status('HTTP/1.1 200 a\tb')],
  ['two blanks before the status', status('HTTP/1.1  200 OK')],
  ['HTTP/1.0', status('HTTP/1.0 200 OK')],
  ['HTTP/1.0 and keep-alive', answer('Connection: keep-alive').replace('1.1', '1.0')],
  ['HTTP/1.0, to the end', (head() + body).replace('1.1', '1.0'), 'hangs up'],
  [
    'HTTP/1.0 and an encoding it does not have',
    (head('Transfer-Encoding: odd') + body).replace('1.1', '1.0'),
    'hangs up',
  ],
  ['HTTP/1.2', status('HTTP/1.2 200 OK')],
  ['HTTP/2.0 in letters', status('HTTP/2.0 200 OK')],

  ['a header in Latin-1', answer('X-A: \xe9')],
  ['a header in UTF-8', Buffer.from(answer('X-A: é€'))],
  ['a header without a blank', answer('X-A:b')],
  ['an empty header', answer('X-A:')],
  ['many blanks around a value', answer('X-A: \t  b \t ')],
  ['a blank before a colon', answer('X-A : b')],
  ['a blank in a name', answer('X A: b')],
  ['its type twice', answer(json)],
  ['an odd Connection', answer('Connection: foo, , close')],
  ['an odd Keep-Alive', answer('Keep-Alive: timeout=x', 'Connection: Keep-Alive')],
]

const refused: readonly Row[] = [
  ['lines that end with CR alone', answer().replaceAll('\r\n', '\r'), 'hangs up'],
  ['CR CR LF', answer('X-A: b\r')],
  ['a CR in a value', answer('X-A: b\rX-B: c')],
  ['a blank before the first header', answer().replace('OK\r\n', 'OK\r\n X-A: b\r\n')],
  ['another protocol (101)', `HTTP/1.1 101 Switching Protocols\r\n\r\n${answer()}`],
  ['headers of 11 MiB', answer(...many(1100, 'a'.repeat(10 << 10)))],

  ['deflate', packed('deflate', deflateSync(body))],
  ['br', packed('br', brotliCompressSync(body))],
  ['gzip twice', packed('gzip, gzip', gzipSync(gzipSync(body)))],
  ['gzip that is cut', packed('gzip', gzipSync(body).subarray(0, -4))],

  ['blanks before the size of a chunk', chunked(`  ${chunks}`)],
  ['LF alone behind the size of a chunk', chunked(`${size}\n${body}\r\n0\r\n\r\n`)],
  ['LF alone behind a chunk', chunked(`${size}\r\n${body}\n0\r\n\r\n`)],
  ['nothing behind a chunk', chunked(`${size}\r\n${body}0\r\n\r\n`)],
  ['a size that is none', chunked(`0x${chunks}`)],
  ['chunks that do not end', chunked(`${size}\r\n${body}\r\n`), 'hangs up'],
  ['chunks without the last line', chunked(`${size}\r\n${body}\r\n0\r\n`), 'hangs up'],
  ['the encoding identity', head('Transfer-Encoding: identity', length) + body],
  ['the encoding identity, to the end', head('Transfer-Encoding: identity') + body, 'hangs up'],
  ['an unknown encoding', head('Transfer-Encoding: odd', length) + body],
  ['an empty encoding', head('Transfer-Encoding:', length) + body],
  ['two encodings', head('Transfer-Encoding: gzip, chunked') + chunks],
  ['an encoding twice', head('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked') + chunks],
  ['chunks and a bad length', head('Transfer-Encoding: chunked', 'Content-Length: x') + chunks],
  ['HTTP/1.0 and chunks', chunked(chunks).replace('1.1', '1.0'), 'hangs up'],

  ['two lengths', answer('Content-Length: 3')],
  ['two lengths in one', head(`${length}, ${String(body.length)}`) + body],
  ['a length with a sign', head(`Content-Length: +${String(body.length)}`) + body],
  ['a negative length', head('Content-Length: -1') + body, 'hangs up'],
  ['a fraction of a length', head(`Content-Length: ${String(body.length)}.0`) + body],
  ['a length beyond 63 bits', head(`Content-Length: ${'9'.repeat(20)}`) + body, 'hangs up'],
  ['less than its length', head('Content-Length: 34') + body, 'hangs up'],

  ['a tab in the status line', status('HTTP/1.1\t200 OK')],
  ['HTTP/2', status('HTTP/2 200 OK')],
  ['HTTP/1.10', status('HTTP/1.10 200 OK')],
  ['http in small letters', status('http/1.1 200 OK')],
  ['ICY', status('ICY 200 OK')],
  ['a status of four digits', status('HTTP/1.1 0200 OK')],
  ['a status of two digits', status('HTTP/1.1 20 OK')],
  ['no blank behind the status', status('HTTP/1.1 200OK')],
  ['an empty line first', `\r\n${answer()}`],
  ['a blank first', ` ${answer()}`],

  ['a NUL in a value', answer('X-A: a\0b')],
  ['a control character in a value', answer('X-A: a\x01b')],
  ['a tab before a colon', answer('X-A\t: b')],
  ['no colon', answer('X-A')],
  ['no name', answer(': b')],
  ['an odd letter in a name', answer('X(A): b')],
  ['Latin-1 in a name', answer('X\xe9: b')],

  ['204 No Content', 'HTTP/1.1 204 No Content\r\n\r\n'],
  ['no head', body, 'hangs up'],
  ['nothing', '', 'hangs up'],
  ['half a head', 'HTTP/1.1 200 OK\r\nContent-', 'hangs up'],
  ['an alert of TLS', '\x15\x03\x01\x00\x02\x02\x46', 'hangs up'],
  ['SSH', 'SSH-2.0-OpenSSH_9.2\r\n', 'hangs up'],
]

/** What muster takes and Prometheus does not. */
const refusedThereOnly: readonly Row[] = [
  ['gzip that nobody asked for', packed('gzip', gzipSync(body))],
  [
    'gzip in two members',
    packed('gzip', Buffer.concat([gzipSync(body.slice(0, 9)), gzipSync(body.slice(9))])),
  ],
  ['x-gzip', packed('x-gzip', gzipSync(body))],
  ['a size with many zeros before it', chunked(`${'0'.repeat(16)}${chunks}`)],
]

/** What docs/differences.md says of. */
const refusedHereOnly: readonly Row[] = [
  ['headers of 2 MiB', answer(...many(200, 'a'.repeat(10 << 10)))],
  ['11,000 headers', answer(...many(11_000, 'a'))],
  ['a chunk with an odd extension', chunked(`${size};;==@\r\n${body}\r\n0\r\n\r\n`)],
]

function table(rows: readonly Row[], isTaken: boolean, isTakenHere: boolean): readonly RawAnswer[] {
  return rows.map(([title, bytes, hangsUp]) => ({
    title,
    bytes: typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes,
    hangsUp: hangsUp !== undefined,
    isTaken,
    isTakenHere,
  }))
}

/** Every answer of the table. */
export const rawAnswers: readonly RawAnswer[] = [
  ...table(taken, true, true),
  ...table(refused, false, false),
  ...table(refusedThereOnly, false, true),
  ...table(refusedHereOnly, true, false),
]
