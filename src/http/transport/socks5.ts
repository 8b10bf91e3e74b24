import { Buffer } from 'node:buffer'
import { once } from 'node:events'
import net, { type Socket } from 'node:net'

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

/** Reads exactly this many bytes; what follows stays in the socket. */
async function take(socket: Socket, bytes: number): Promise<Buffer> {
  for (;;) {
    const chunk: unknown = socket.read(bytes)
    if (Buffer.isBuffer(chunk) && chunk.length === bytes) return chunk
    if (chunk !== null || socket.readableEnded) throw new Error('socks: the proxy hung up')
    // An error of the socket rejects this; an end without one is seen in the next round.
    await Promise.race([once(socket, 'readable'), once(socket, 'end')])
  }
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

/**
 * Has a SOCKS5 proxy connect a socket to its target (RFC 1928; user and password by RFC 1929).
 * Names are resolved by the proxy, as Go does for socks5 and socks5h alike.
 */
export async function socks5(
  socket: Socket,
  login: { readonly username: string; readonly password: string },
  target: { readonly hostname: string; readonly port: string },
): Promise<void> {
  const named = login.username !== ''
  socket.write(named ? Buffer.of(5, 2, 0, 2) : Buffer.of(5, 1, 0))
  const [version, method] = await take(socket, 2)
  if (version !== 5) throw new Error('socks: the proxy does not speak SOCKS5')
  if (method === 2 && named) {
    socket.write(Buffer.concat([Buffer.of(1), sized(login.username), sized(login.password)]))
    const [, refused] = await take(socket, 2)
    if (refused !== 0) throw new Error('socks: the proxy refused user and password')
  } else if (method !== 0) throw new Error('socks: the proxy accepts no method of authentication')
  const port = Buffer.alloc(2)
  port.writeUInt16BE(Number(target.port))
  socket.write(Buffer.concat([Buffer.of(5, 1, 0), addressOf(target.hostname), port]))
  const [, failed = 1, , kind] = await take(socket, 4)
  if (failed !== 0) throw new Error(`socks: ${failures[failed] ?? `failure ${String(failed)}`}`)
  const length = kind === 1 ? 4 : kind === 4 ? 16 : ((await take(socket, 1))[0] ?? 0)
  await take(socket, length + 2)
}
