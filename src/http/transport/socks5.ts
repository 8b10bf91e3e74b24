import { Buffer } from 'node:buffer'
import net from 'node:net'
import type { Duplex } from 'node:stream'

const failures = [
  'succeeded',
  'general SOCKS server failure',
  'connection not allowed by ruleset',
  'network unreachable',
  'host unreachable',
  'connection refused',
  'TTL expired',
  'command not supported',
  'address type not supported',
]

/**
 * Reads exactly this many bytes; what follows stays in the socket. They may come in pieces: it waits for
 * the rest as long as the socket is open, so that a time limit has to close it.
 */
function take(socket: Duplex, bytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // One listener for all pieces: each new one for `readable` would be called for the same piece again.
    const settle = (outcome: () => void): void => {
      socket.off('readable', read).off('end', hangUp).off('close', hangUp).off('error', fail)
      outcome()
    }
    const fail = (error: Error): void => settle(() => reject(error))
    const hangUp = (): void => fail(new Error('socks: the proxy hung up'))
    const read = (): void => {
      const chunk: unknown = socket.read(bytes)
      // A socket that has ended gives what there is, which may be less.
      if (Buffer.isBuffer(chunk) && chunk.length === bytes) settle(() => resolve(chunk))
      else if (chunk !== null || socket.readableEnded || socket.destroyed) hangUp()
    }
    socket.on('readable', read).on('end', hangUp).on('close', hangUp).on('error', fail)
    read()
  })
}

function sized(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8')
  if (bytes.length > 255) throw new Error('socks: a name, user or password is over 255 bytes')
  return Buffer.concat([Buffer.of(bytes.length), bytes])
}

function addressOf(hostname: string): Buffer {
  const version = net.isIP(hostname)
  if (version === 4) return Buffer.from([1, ...hostname.split('.').map(Number)])
  // An IPv6 address goes as a name too: the proxy reads it as it reads any.
  return Buffer.concat([Buffer.of(3), sized(hostname)])
}

/** How long the address is that the proxy connects from; nothing needs it. */
async function boundLength(socket: Duplex, kind: number | undefined): Promise<number> {
  if (kind === 1) return 4
  if (kind === 4) return 16
  if (kind !== 3) throw new Error('socks: unknown address type')
  const [length = 0] = await take(socket, 1)
  return length
}

/**
 * Has a SOCKS5 proxy connect a socket to its target (RFC 1928; user and password by RFC 1929).
 * Names are resolved by the proxy, as Go does for socks5 and socks5h alike.
 * @throws {Error} when the proxy refuses, hangs up, or says what SOCKS5 does not know; with the socket's
 * own error when that is closed
 */
export async function socks5(
  socket: Duplex,
  login: { readonly username: string; readonly password: string },
  target: { readonly hostname: string; readonly port: string },
): Promise<void> {
  const named = login.username !== ''
  socket.write(named ? Buffer.of(5, 2, 0, 2) : Buffer.of(5, 1, 0))
  const [version, method] = await take(socket, 2)
  if (version !== 5) throw new Error('socks: the proxy does not speak SOCKS5')
  if (method === 2 && named) {
    socket.write(Buffer.concat([Buffer.of(1), sized(login.username), sized(login.password)]))
    const [authVersion, refused] = await take(socket, 2)
    if (authVersion !== 1) throw new Error('socks: invalid username/password version')
    if (refused !== 0) throw new Error('socks: the proxy refused user and password')
  } else if (method !== 0) throw new Error('socks: the proxy accepts no method of authentication')
  const port = Buffer.alloc(2)
  port.writeUInt16BE(Number(target.port))
  socket.write(Buffer.concat([Buffer.of(5, 1, 0), addressOf(target.hostname), port]))
  const [replyVersion, failed = 1, reserved, kind] = await take(socket, 4)
  if (replyVersion !== 5) throw new Error('socks: unexpected protocol version')
  if (failed !== 0) throw new Error(`socks: ${failures[failed] ?? `failure ${String(failed)}`}`)
  if (reserved !== 0) throw new Error('socks: non-zero reserved field')
  await take(socket, (await boundLength(socket, kind)) + 2)
}
