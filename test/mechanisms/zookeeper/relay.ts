import { once } from 'node:events'
import net from 'node:net'

/** Passes on what a client and a server on loopback send each other, unless it is held. */
export class Relay {
  readonly #port: number
  readonly #server = net.createServer((client) => this.#take(client))
  readonly #pairs = new Set<readonly [net.Socket, net.Socket]>()
  readonly #waiting: net.Socket[] = []
  #isHeld = false

  private constructor(port: number) {
    this.#port = port
  }

  /** Listens, for a server on this port. */
  static async to(port: number): Promise<Relay> {
    const relay = new Relay(port)
    relay.#server.listen(0, '127.0.0.1')
    await once(relay.#server, 'listening')
    return relay
  }

  get address(): string {
    return `127.0.0.1:${String((this.#server.address() as net.AddressInfo).port)}`
  }

  /** Passes nothing on, not even that a connection was closed. */
  hold(): void {
    this.#isHeld = true
    for (const pair of this.#pairs) for (const socket of pair) socket.unpipe().pause()
  }

  release(): void {
    this.#isHeld = false
    for (const [client, server] of this.#pairs) client.pipe(server).pipe(client)
    for (const client of this.#waiting.splice(0)) this.#connect(client)
  }

  async stop(): Promise<void> {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy()
    for (const client of this.#waiting) client.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #take(client: net.Socket): void {
    client.on('error', () => client.destroy())
    if (this.#isHeld) this.#waiting.push(client.pause())
    else this.#connect(client)
  }

  #connect(client: net.Socket): void {
    const server = net.connect(this.#port, '127.0.0.1')
    const pair = [client, server] as const
    this.#pairs.add(pair)
    server.on('error', () => server.destroy())
    for (const [one, other] of [pair, [server, client] as const]) {
      one.on('close', () => {
        other.destroy()
        this.#pairs.delete(pair)
      })
    }
    client.pipe(server).pipe(client)
  }
}
