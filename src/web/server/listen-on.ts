import type { Server } from 'node:net'
import { WebError } from '../errors.js'
import { parseListenAddress } from './listen-address.js'

/**
 * Makes a server listen.
 * @param text `host:port`, `:port` or `[v6]:port`
 * @throws WebError when the address cannot be read or had
 */
export async function listenOn(server: Server, text: string): Promise<void> {
  const { host, port } = parseListenAddress(text)
  await new Promise<void>((resolve, reject) => {
    const failed = (cause: Error): void => {
      const message = `Unable to start web listener on ${text}: ${cause.message}`
      reject(new WebError('ERR_WEB_LISTEN', message, { cause }))
    }
    server.once('error', failed)
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', failed)
      resolve()
    })
  })
}
