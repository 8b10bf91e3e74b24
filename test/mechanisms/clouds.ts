import http from 'node:http'
import https from 'node:https'
import { listen } from '../helpers/listen.js'
import { pki, pkiFile } from '../helpers/pki/index.js'

/** A request that arrived, whatever host it was for. */
export interface CloudRequest {
  readonly method: string
  /** `api.hetzner.cloud` */
  readonly host: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: http.IncomingHttpHeaders
}

/** An answer: a JSON value, or how it differs from one. */
export interface CloudAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly text?: string
}

/** A proxy that plays every host. */
export interface Clouds {
  /** The keys of a section that send all of its requests there. */
  readonly keys: string
  readonly asked: readonly CloudRequest[]
}

/**
 * Starts a proxy that ends every tunnel itself and answers for the host that was asked for, so that a
 * mechanism with a fixed host can be tested as it is. Nothing is dialled.
 * @param answer what a host answers; undefined is a 404
 */
export async function playClouds(
  answer: (request: CloudRequest, count: number) => CloudAnswer | undefined,
): Promise<Clouds> {
  const asked: CloudRequest[] = []
  const server = https.createServer(
    { cert: pki('server1.pem'), key: pki('server1.key') },
    (request, response) => {
      const { method = '', headers } = request
      const host = headers.host ?? ''
      const { pathname: path, searchParams: query } = new URL(request.url ?? '', `https://${host}`)
      const one = { method, host, path, query, headers }
      asked.push(one)
      const given = answer(one, asked.length) ?? { status: 404, json: {} }
      response.writeHead(given.status ?? 200, {
        'content-type': 'application/json',
        ...given.headers,
      })
      response.end(given.text ?? JSON.stringify(given.json))
    },
  )
  const proxy = http.createServer()
  proxy.on('connect', (_: http.IncomingMessage, socket) => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    server.emit('connection', socket)
  })
  const { address } = await listen(proxy)
  // The certificate is of localhost, and is taken for that of every host.
  const tls = `tls_config: {ca_file: ${pkiFile('ca1.pem')}, server_name: localhost}`
  return { keys: `proxy_url: http://${address}\n${tls}\n`, asked }
}
