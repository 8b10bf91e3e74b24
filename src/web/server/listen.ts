import type { Server } from 'node:net'
import { WebError } from '../errors.js'

/** Connections that the system keeps until they are accepted, as far as it is willing: a burst of clients. */
const backlog = 4096

/** Where to listen. */
export interface ListenAddress {
  /** Undefined for every address of the machine. */
  readonly host: string | undefined
  /** 0 takes a free one. */
  readonly port: number
}

/**
 * Reads `host:port`, `:port` or `[v6]:port`, as Go's net.Listen does.
 * @throws WebError for any other text
 */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) {
    throw new WebError(
      'ERR_WEB_LISTEN_ADDRESS',
      `${JSON.stringify(text)} is not an address to listen on: expected host:port, :port or [v6]:port`,
    )
  }
  const host = match[1] ?? match[2] ?? ''
  return { host: host === '' ? undefined : host, port }
}

const advice: Readonly<Record<string, string>> = {
  EACCES:
    '; ports below 1024 want root or CAP_NET_BIND_SERVICE: name a higher one in --web.listen-address',
  EADDRNOTAVAIL: '; this machine does not have that address: see --web.listen-address',
  ENOTFOUND: '; the host of --web.listen-address cannot be resolved',
}

/** What can be changed, where an error of the system does not say it. */
function adviceFor({ code = '' }: NodeJS.ErrnoException): string {
  return advice[code] ?? ''
}

/**
 * Makes a server listen.
 * @param text `host:port`, `:port` or `[v6]:port`
 * @throws WebError when the address cannot be read, or not be listened on
 */
export async function listenOn(server: Server, text: string): Promise<void> {
  const { host, port } = parseListenAddress(text)
  await new Promise<void>((resolve, reject) => {
    const failed = (cause: Error): void => {
      const message = `Unable to start web listener on ${text}: ${cause.message}${adviceFor(cause)}`
      reject(new WebError('ERR_WEB_LISTEN', message, { cause }))
    }
    server.once('error', failed)
    server.listen({ port, backlog, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', failed)
      resolve()
    })
  })
}
