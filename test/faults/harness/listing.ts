import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** A server of target lists, for http_sd. */
export interface Listing {
  /** `127.0.0.1:<port>` */
  readonly address: string
  /** What it lists from now on; undefined where it answers 500. */
  list(targets: readonly string[] | undefined): void
  /** How often it has answered since the last {@link list}. */
  readonly answers: number
}

/** Starts it; it ends with the test. */
export async function startListing(targets: readonly string[]): Promise<Listing> {
  let listed: readonly string[] | undefined = targets
  let answers = 0
  const server = http.createServer((_, response) => {
    answers += 1
    response.writeHead(listed === undefined ? 500 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(listed?.length === 0 ? [] : [{ targets: listed }]))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return {
    address: `127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    list(next) {
      listed = next
      answers = 0
    },
    get answers() {
      return answers
    },
  }
}
