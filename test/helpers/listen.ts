import { once } from 'node:events'
import type { AddressInfo, Server, Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A server that listens until the test is over. */
export interface Listening {
  readonly port: number
  /** `127.0.0.1:<port>` */
  readonly address: string
  /** The connections that are open now. */
  readonly sockets: ReadonlySet<Socket>
  /** How many connections were ever opened. */
  readonly accepted: () => number
}

/** Starts a server on a free loopback port; the end of the test cuts its connections and stops it. */
export async function listen(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>()
  let accepted = 0
  server.on('connection', (socket: Socket) => {
    accepted += 1
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  })
  const { port } = server.address() as AddressInfo
  return { port, address: `127.0.0.1:${String(port)}`, sockets, accepted: () => accepted }
}
