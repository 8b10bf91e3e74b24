import { Buffer } from 'node:buffer'
import dgram from 'node:dgram'
import net from 'node:net'
import {
  filter,
  firstValueFrom,
  fromEvent,
  map,
  merge,
  mergeMap,
  Observable,
  throwError,
  timeout,
} from 'rxjs'
import { DnsError } from './errors.js'
import { decodeAnswer, type DnsMessage, type DnsQuestion, encodeQuestion } from './message.js'

/** How long a server may take to answer; miekg/dns' own. */
const timeoutMs = 2_000
/** More than a DNS message can have over TCP, with its length before it. */
const mostBytes = 2 + 65_535

/** Where a DNS server listens. */
export interface DnsServer {
  readonly address: string
  readonly port: number
}

/** Asks one server one question, over `udp` or `tcp`. */
export type QueryServer = (
  protocol: 'udp' | 'tcp',
  question: DnsQuestion,
  server: DnsServer,
  signal: AbortSignal,
) => Promise<DnsMessage>

/**
 * Asks over the network. Over UDP large answers are offered (EDNS0). A message that belongs to another
 * question, late or forged, is passed over.
 * @throws DnsError for a name that DNS cannot carry; it rejects with one when no readable answer comes
 * within two seconds, and with the signal's reason when that aborts
 */
export const queryServer: QueryServer = (protocol, question, server, signal) => {
  const bytes = encodeQuestion(question, protocol === 'udp')
  const messages = protocol === 'udp' ? overUdp(bytes, server) : overTcp(bytes, server)
  const answers = messages.pipe(
    map((message) => decodeAnswer(message, question)),
    filter((answer) => answer !== undefined),
    timeout({ first: timeoutMs, with: () => throwError(() => new DnsError('i/o timeout')) }),
  )
  return firstValueFrom(merge(abortOf(signal), answers))
}

/** Errors with the signal's reason, at once when it has aborted. */
function abortOf(signal: AbortSignal): Observable<never> {
  const abort = throwError((): unknown => signal.reason)
  return signal.aborted ? abort : fromEvent(signal, 'abort').pipe(mergeMap(() => abort))
}

/** Sends a message. Emits those that the server sends, and frees the socket at the end. */
function overUdp(bytes: Buffer, { address, port }: DnsServer): Observable<Buffer> {
  return new Observable((subscriber) => {
    const socket = dgram.createSocket(net.isIPv6(address) ? 'udp6' : 'udp4')
    socket.on('error', (error) => subscriber.error(error))
    socket.on('message', (message) => subscriber.next(message))
    // Connected, so that only this server is heard, and a port on which none listens is an error.
    socket.connect(port, address, () => socket.send(bytes))
    return () => socket.close()
  })
}

/** The same over TCP, where each message has its length before it; emits only the first. */
function overTcp(bytes: Buffer, { address, port }: DnsServer): Observable<Buffer> {
  const prefix = Buffer.alloc(2)
  prefix.writeUInt16BE(bytes.length)
  return new Observable((subscriber) => {
    const socket = new net.Socket()
    let received = Buffer.alloc(0)
    socket.on('error', (error) => subscriber.error(error))
    socket.on('close', () => subscriber.error(new DnsError('the server hung up')))
    socket.on('data', (data: Buffer) => {
      received = Buffer.concat([received, data])
      const end = received.length < 2 ? mostBytes : 2 + received.readUInt16BE(0)
      if (received.length >= end) subscriber.next(received.subarray(2, end))
    })
    socket.connect(port, address, () => socket.write(Buffer.concat([prefix, bytes])))
    return () => socket.destroy()
  })
}
