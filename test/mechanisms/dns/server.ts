import type { Buffer } from 'node:buffer'
import dgram from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'
import packet, { type Answer, type Packet } from 'dns-packet'

/** One question as it came in. */
export interface Asked {
  readonly name: string
  readonly type: string
  readonly protocol: 'udp' | 'tcp'
  /** The UDP size that was offered with EDNS0; undefined without it. */
  readonly ednsSize: number | undefined
}

/** What to answer: records, a code, both, cut short, bytes of one's own, or nothing at all. */
export type Reply =
  | { readonly records?: readonly Answer[]; readonly rcode?: number; readonly truncated?: boolean }
  | { readonly bytes: (query: Buffer) => readonly Buffer[] }
  | 'silence'

export const noError = 0
export const servFail = 2
export const nxDomain = 3
export const refused = 5

/** A DNS server on loopback, over UDP and TCP on one port, that answers as a script says. */
export class DnsTestServer {
  readonly asked: Asked[] = []
  readonly #script: (asked: Asked) => Reply
  readonly #udp = dgram.createSocket('udp4')
  readonly #tcp: net.Server
  readonly #sockets = new Set<net.Socket>()

  private constructor(script: (asked: Asked) => Reply) {
    this.#script = script
    this.#udp.on('message', (data, from) => {
      for (const bytes of this.#reply(data, 'udp')) this.#udp.send(bytes, from.port, from.address)
    })
    this.#tcp = net.createServer((socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('data', (data: Buffer) => {
        for (const bytes of this.#reply(data.subarray(2), 'tcp')) {
          socket.write(Uint8Array.of(bytes.length >> 8, bytes.length & 255))
          socket.write(bytes)
        }
      })
    })
  }

  /** @param port one that another server has on another address, so that both have the same */
  static async listen(
    script: (asked: Asked) => Reply,
    address = '127.0.0.1',
    port = 0,
  ): Promise<DnsTestServer> {
    for (;;) {
      const server = new DnsTestServer(script)
      server.#udp.bind(port, address)
      await once(server.#udp, 'listening')
      if (await isFree(server.#tcp, server.port, address)) return server
      server.#udp.close()
      if (port !== 0) throw new Error(`port ${String(port)} is taken`)
    }
  }

  get port(): number {
    return this.#udp.address().port
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    const closed = once(this.#tcp, 'close')
    this.#tcp.close()
    this.#udp.close()
    await closed
  }

  #reply(data: Buffer, protocol: 'udp' | 'tcp'): readonly Buffer[] {
    const query = packet.decode(data)
    const [question] = query.questions ?? []
    const options = query.additionals?.find((record) => record.type === 'OPT')
    const asked = {
      name: question?.name ?? '',
      type: question?.type ?? '',
      protocol,
      ednsSize: options?.udpPayloadSize,
    }
    this.asked.push(asked)
    const reply = this.#script(asked)
    if (reply === 'silence') return []
    if ('bytes' in reply) return reply.bytes(data)
    return [
      encodeReply(
        { ...query, additionals: [] },
        reply.records ?? [],
        reply.rcode ?? noError,
        reply.truncated ?? false,
      ),
    ]
  }
}

/** Listens there, unless another connection has the port: that UDP had it free says nothing of TCP. */
async function isFree(server: net.Server, port: number, address: string): Promise<boolean> {
  const listening = once(server, 'listening')
  server.listen(port, address)
  try {
    await listening
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false
    throw error
  }
}

/** An answer to a question, as bytes. */
export function encodeReply(
  query: Packet,
  answers: readonly Answer[],
  rcode: number,
  truncated = false,
): Buffer {
  return packet.encode({
    type: 'response',
    id: query.id ?? 0,
    flags: rcode | (truncated ? packet.TRUNCATED_RESPONSE : 0),
    questions: query.questions ?? [],
    answers: [...answers],
  })
}
