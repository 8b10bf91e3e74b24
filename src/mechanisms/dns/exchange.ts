import { Buffer } from 'node:buffer'
import dgram from 'node:dgram'
import net from 'node:net'
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

/** Puts one question to one server, over `udp` or `tcp`. */
export type Exchange = (
  protocol: 'udp' | 'tcp',
  question: DnsQuestion,
  server: DnsServer,
  signal: AbortSignal,
) => Promise<DnsMessage>

/**
 * Asks over the network. Over UDP large answers are offered (EDNS0).
 * @throws DnsError when no readable answer comes within two seconds; the signal's reason when it aborts
 */
export const exchange: Exchange = (protocol, question, server, signal) =>
  protocol === 'udp' ? overUdp(question, server, signal) : overTcp(question, server, signal)

function overUdp(
  question: DnsQuestion,
  { address, port }: DnsServer,
  signal: AbortSignal,
): Promise<DnsMessage> {
  const bytes = encodeQuestion(question, true)
  const socket = dgram.createSocket(net.isIPv6(address) ? 'udp6' : 'udp4')
  const run = (settle: Settle): void => {
    socket.on('error', settle.fail)
    socket.on('message', (data) => settle.answer(() => decodeAnswer(data, question)))
    // Connected, so that only this server is heard, and a port that nobody listens on is told.
    socket.connect(port, address, () => socket.send(bytes))
  }
  return settled(run, () => socket.close(), signal)
}

function overTcp(
  question: DnsQuestion,
  { address, port }: DnsServer,
  signal: AbortSignal,
): Promise<DnsMessage> {
  const bytes = encodeQuestion(question, false)
  const prefix = Buffer.alloc(2)
  prefix.writeUInt16BE(bytes.length)
  const socket = new net.Socket()
  const run = (settle: Settle): void => {
    let received = Buffer.alloc(0)
    socket.on('error', settle.fail)
    socket.on('close', () => settle.fail(new DnsError('the server hung up')))
    socket.on('data', (data: Buffer) => {
      received = Buffer.concat([received, data])
      const end = received.length < 2 ? mostBytes : 2 + received.readUInt16BE(0)
      if (received.length >= end) {
        settle.answer(() => decodeAnswer(received.subarray(2, end), question))
      }
    })
    socket.connect(port, address, () => socket.write(Buffer.concat([prefix, bytes])))
  }
  return settled(run, () => socket.destroy(), signal)
}

/** How an exchange under way tells its end; what comes after the first time is ignored. */
interface Settle {
  /** Takes a reader of an answer; one that belongs to another question is passed over. */
  readonly answer: (read: () => DnsMessage | undefined) => void
  readonly fail: (error: Error) => void
}

/** Runs an exchange under its time limit, and frees its socket however it ends. */
function settled(
  run: (settle: Settle) => void,
  free: () => void,
  signal: AbortSignal,
): Promise<DnsMessage> {
  return new Promise<DnsMessage>((resolve, reject) => {
    let isOver = false
    const end = (): void => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      free()
    }
    const fail = (error: Error): void => {
      end()
      reject(error)
    }
    const answer = (read: () => DnsMessage | undefined): void => {
      try {
        const message = read()
        if (message === undefined) return
        end()
        resolve(message)
      } catch (error) {
        fail(asError(error))
      }
    }
    const stop = (): void => fail(asError(signal.reason))
    const timer = setTimeout(() => fail(new DnsError('i/o timeout')), timeoutMs)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    else run({ answer, fail })
  })
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new DnsError(String(thrown))
}
