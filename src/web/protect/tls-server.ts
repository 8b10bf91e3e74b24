import type { EventEmitter } from 'node:events'
import http2 from 'node:http2'
import https from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Logger } from '../../telemetry/index.js'
import { WebConfigError } from '../errors.js'
import { maxStreams } from '../server/served-connections.js'
import type { ServerLimits } from '../server/limits.js'
import type { NodeServer, RequestListener } from '../server/node-server.js'
import { readServerTls, type ServerTls, stampOf, usesTls } from './certificates.js'
import { refusal } from './client-auth.js'
import type { WebConfig } from './section.js'
import type { WatchedFile } from './watched-file.js'

/** Milliseconds for a TLS handshake, over the slowest line. */
const handshakeMs = 30_000

/** The TLS of one server: its files are checked before each handshake, and read again when one has changed. */
class FollowedTls {
  readonly #file: WatchedFile<WebConfig>
  readonly #logger: Logger
  #config: WebConfig['tls_server_config']
  #stamp: string
  current: ServerTls

  constructor(file: WatchedFile<WebConfig>, logger: Logger) {
    this.#file = file
    this.#logger = logger
    this.#config = file.current().tls_server_config
    this.#stamp = stampOf(this.#config)
    this.current = readServerTls(this.#config)
  }

  /**
   * @returns whether `current` is new. While the files cannot be used (a certificate was replaced, its
   * key not yet) it stays as it was, and the next handshake tries again.
   */
  refresh(): boolean {
    try {
      const config = this.#file.current().tls_server_config
      const stamp = stampOf(config)
      if (config === this.#config && stamp === this.#stamp) return false
      if (!usesTls(config)) throw new WebConfigError('TLS cannot be turned off without a restart')
      this.current = readServerTls(config)
      this.#config = config
      this.#stamp = stamp
      return true
    } catch (error) {
      this.#logger.error('Unable to use the new TLS configuration, keeping the old one', {
        err: error,
      })
      return false
    }
  }
}

/** What node's TLS servers have and their types leave out. */
interface TlsServer extends EventEmitter {
  setSecureContext(options: ServerTls['context']): void
  requestCert?: boolean
}

/**
 * Makes an HTTPS server, for HTTP/2 too unless the config says no, whose certificates and rules for
 * clients follow their files.
 * @throws {WebConfigError} when the certificates cannot be used
 */
export function createTlsServer(
  file: WatchedFile<WebConfig>,
  logger: Logger,
  limits: ServerLimits,
  listener: RequestListener,
): NodeServer {
  const tls = new FollowedTls(file, logger)
  const options = {
    ...tls.current.context,
    requestCert: tls.current.policy.request,
    handshakeTimeout: handshakeMs,
    // Clients are judged below, once the handshake is done, by rules that may have changed.
    rejectUnauthorized: false,
  }
  const server = file.current().http_server_config.http2
    ? createHttp2(options, limits, listener)
    : https.createServer({ ...options, ...limits }, listener)
  follow(server, tls, logger)
  return server
}

function createHttp2(
  options: https.ServerOptions,
  limits: ServerLimits,
  listener: RequestListener,
): http2.Http2SecureServer {
  const server = http2.createSecureServer(
    {
      ...options,
      allowHTTP1: true,
      settings: { maxHeaderListSize: limits.maxHeaderSize, maxConcurrentStreams: maxStreams },
      maxSessionInvalidFrames: 100,
    },
    listener as never,
  )
  // It takes these for its HTTP/1.1 side as fields only.
  const { headersTimeout, requestTimeout, keepAliveTimeout } = limits
  return Object.assign(server, { headersTimeout, requestTimeout, keepAliveTimeout })
}

function follow(server: TlsServer, tls: FollowedTls, logger: Logger): void {
  // Before node's own listener, which begins the handshake with what is set by then.
  server.prependListener('connection', (_socket: Socket) => {
    if (!tls.refresh()) return
    server.setSecureContext(tls.current.context)
    server.requestCert = tls.current.policy.request
  })
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    const reason = refusal(tls.current.policy, socket)
    if (reason === undefined) return
    logger.warn('TLS handshake error', { remote: socket.remoteAddress, err: reason })
    socket.destroy()
  })
}
