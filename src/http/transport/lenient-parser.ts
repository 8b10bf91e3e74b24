import { Buffer } from 'node:buffer'
import type { Socket } from 'node:net'
import type { Client } from 'undici'
import { goQuote } from '../../go/quote.js'
import { explainReset, HangUpError } from './hang-up.js'
import { HeadError, readHead } from './response-head.js'
import { kParser, kRunning, kSocket } from './undici.js'

/** How much a server may send before the body of its answer; Go takes 10 MB. */
export const mostHeadBytes: number = 1 << 20
const mostLines = 10_000

/** The part of undici's parser of HTTP/1 answers that is used here. */
interface Parser {
  readonly ptr: number
  readonly llhttp: Readonly<Record<string, (ptr: number, isOn: number) => void>>
  /** 0 until the head of an answer is read, and again after its body. */
  readonly statusCode: number
  execute(chunk: Buffer): void
}

interface Connection {
  readonly [kRunning]: number
  readonly [kSocket]?: (Socket & { readonly [kParser]?: Parser | null }) | null
}

/**
 * Has a connection take the answers that Go's net/http takes. Undici's parser, llhttp, keeps to the letter of
 * RFC 9112; it gets each head as Go understands it, and the body as it comes. Only for connections that we
 * opened: a server that read requests with such lenience could be made to see others than a proxy before it.
 * @param client one that has just connected; nothing changes where it speaks HTTP/2
 */
export function takeLenientAnswers(client: Client): void {
  const connection = client as unknown as Connection
  const socket = connection[kSocket]
  const parser = socket?.[kParser]
  if (!socket || !parser) return
  for (const rule of ['headers', 'spaces_after_chunk_size']) {
    // `headers` is for those after a chunked body, which llhttp reads by itself.
    parser.llhttp[`llhttp_set_lenient_${rule}`]?.(parser.ptr, 1)
  }
  const parse = parser.execute.bind(parser)
  let head = new HeadReader()
  let hasAnswered = false
  parser.execute = (chunk) => {
    hasAnswered = true
    // An answer without a request is for undici to refuse.
    if (parser.statusCode !== 0 || connection[kRunning] === 0) {
      parse(chunk)
      return
    }
    try {
      const bytes = head.read(chunk)
      if (bytes === undefined) return
      head = new HeadReader()
      parse(bytes)
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)))
    }
  }
  // Before undici's own listener, which says no more than that the other side closed.
  socket.prependListener('end', () => {
    if (!hasAnswered && connection[kRunning] > 0) socket.destroy(new HangUpError(socket))
  })
  socket.prependListener('error', (error) => {
    if (!hasAnswered) explainReset(error, socket)
  })
}

/** Collects the bytes of one answer until its head is complete, with all 1xx before it. */
class HeadReader {
  #held: Buffer[] = []
  #heldBytes = 0
  /** Of all heads so far. */
  #bytes = 0
  #lines = 0
  /** How much of a line has come, and its last byte. */
  #line = 0
  #last = 0

  /**
   * @returns the head, put right, and what came behind it; undefined until it is complete
   * @throws {HeadError} when it cannot be read or does not end
   */
  read(chunk: Buffer): Buffer | undefined {
    for (let rest = chunk; ; ) {
      const end = this.#endOfHead(rest)
      if (end === undefined) {
        this.#hold(rest)
        return undefined
      }
      const all = this.#heldBytes === 0 ? rest : Buffer.concat([...this.#held, rest])
      const text = all.toString('latin1', 0, this.#heldBytes + end)
      this.#held = []
      this.#heldBytes = 0
      const head = readHead(text)
      rest = all.subarray(text.length)
      if (head.kind === 'informational') continue
      return head.text === text ? all : Buffer.concat([Buffer.from(head.text, 'latin1'), rest])
    }
  }

  #hold(chunk: Buffer): void {
    if (chunk.length === 0) return
    if (this.#heldBytes === 0) refuseOtherProtocols(chunk)
    this.#held.push(chunk)
    this.#heldBytes += chunk.length
  }

  /** Where the head ends in this chunk: behind its empty line. */
  #endOfHead(chunk: Buffer): number | undefined {
    for (let from = 0; ; ) {
      const lf = chunk.indexOf(0x0a, from)
      const to = lf === -1 ? chunk.length : lf
      if (to > from) this.#last = chunk[to - 1] ?? 0
      this.#line += to - from
      this.#bytes += to - from + 1
      if (this.#bytes > mostHeadBytes || this.#lines > mostLines) {
        throw new HeadError(
          `the headers of the answer are more than ${String(mostHeadBytes)} bytes or ${String(mostLines)} lines`,
        )
      }
      if (lf === -1) return undefined
      const isEmpty = this.#line === 0 || (this.#line === 1 && this.#last === 0x0d)
      this.#line = 0
      this.#lines += 1
      from = lf + 1
      if (isEmpty) return from
    }
  }
}

/** Says at once what does not begin as HTTP does: an end of the head may never come. */
function refuseOtherProtocols(chunk: Buffer): void {
  const start = chunk.toString('latin1', 0, 100)
  if ('HTTP/'.startsWith(start.slice(0, 5))) return
  // A record of TLS: its kind, and the version.
  const [kind = 0, version] = chunk
  if (kind >= 0x14 && kind <= 0x16 && version === 3) {
    throw new HeadError('the server answered with TLS: it wants https:// (scheme: https)')
  }
  // The settings that a server of HTTP/2 begins with.
  if (chunk.length > 3 && chunk.readUInt16BE() === 0 && chunk[3] === 4) {
    throw new HeadError('the server answered with HTTP/2, which is spoken over TLS only: https://')
  }
  throw new HeadError(`malformed HTTP response ${goQuote(start.replace(/\r?\n[^]*$/, ''))}`)
}
