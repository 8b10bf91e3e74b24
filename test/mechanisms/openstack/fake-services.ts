import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'

/** Says until when a token is valid, as `Date.now()` counts; undefined for one that is not. */
type ExpiryOf = (token: string) => Promise<number | undefined>

/**
 * Nova, Neutron and Octavia on one port of loopback, as far as discovery asks them. As the real ones do they
 * ask Keystone about every token, and remember what it says.
 */
export class FakeServices {
  /** What they list, by the path of the list. */
  readonly lists = new Map<string, Readonly<Record<string, readonly unknown[]>>>()
  /** Every token that they took, in order. */
  readonly tokens = new Set<string>()
  /** How many requests they refused. */
  refusals = 0
  /** Requests for what they do not have. */
  readonly unknown: string[] = []
  readonly #expiryOf: ExpiryOf
  readonly #known = new Map<string, number>()
  readonly #server = http.createServer((request, response) => void this.#answer(request, response))

  private constructor(expiryOf: ExpiryOf) {
    this.#expiryOf = expiryOf
  }

  static async start(expiryOf: ExpiryOf): Promise<FakeServices> {
    const services = new FakeServices(expiryOf)
    services.#server.listen(0, '127.0.0.1')
    await once(services.#server, 'listening')
    return services
  }

  /** The endpoint of each, by its type in the catalogue. */
  get catalog(): readonly (readonly [type: string, url: string])[] {
    const { port } = this.#server.address() as AddressInfo
    const url = `http://127.0.0.1:${String(port)}`
    return [
      ['compute', `${url}/compute/v2.1`],
      ['network', `${url}/network`],
      ['load-balancer', `${url}/load-balancer`],
    ]
  }

  /** Asks Keystone about every token once more. */
  forgetTokens(): void {
    this.#known.clear()
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const token = String(request.headers['x-auth-token'])
    const send = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    const expiry = this.#known.get(token) ?? (await this.#expiryOf(token)) ?? 0
    this.#known.set(token, expiry)
    if (expiry < Date.now()) {
      this.refusals += 1
      const message = 'The request you have made requires authentication.'
      send(401, { error: { code: 401, title: 'Unauthorized', message } })
      return
    }
    this.tokens.add(token)
    const [path = ''] = (request.url ?? '').split('?')
    const list = this.lists.get(path)
    if (list === undefined) {
      this.unknown.push(path)
      send(404, { itemNotFound: { code: 404, message: 'The resource could not be found.' } })
    } else send(200, list)
  }
}
