import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Server } from 'node:net'

/** Answers one request; node's HTTP/2 server gives objects of the same shape. */
export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void

/** node's servers for HTTP, HTTPS and HTTP/2. */
export type NodeServer = Server & {
  setTimeout(ms: number): unknown
}
