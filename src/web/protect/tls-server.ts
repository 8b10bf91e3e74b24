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
import {
  readServerTls,
  readServerTlsNow,
  type ServerTls,
  stampOf,
  usesTls,
} from './certificates.js'
import { markVerified, refusal } from './client-auth.js'
import type { WebConfig } from './section.js'
import { SharedLook } from './shared-look.js'
import type { WatchedFile } from './watched-file.js'

/** Milliseconds for a TLS handshake, over the slowest line. */
const handshakeMs = 30_000

/** The TLS of one server: its files are looked at before each handshake, and read again when one has changed. */
class FollowedTls {
  readonly #file: WatchedFile<WebConfig>
  readonly #logger: Logger
  readonly #looks: SharedLook<void> = new SharedLook()
  #config: WebConfig['tls_server_config']
  #stamp = ''
  current: ServerTls

  constructor(file: WatchedFile<WebConfig>, logger: Logger) {
    this.#file = file
    this.#logger = logger
    this.#config = file.now().tls_server_config
    this.current = readServerTlsNow(this.#config)
  }

  /**
   * Brings `current` up to date. While the files cannot be used (a certificate was replaced, its
   * key not yet) or do not answer it stays as it was, and the next handshake tries again.
   * @param use is told when it is new
   */
  async refresh(use: (current: ServerTls) => void): Promise<void> {
    try {
      await this.#looks.take(() => this.#look(use))
    } catch (error) {
      this.#logger.error('Unable to use the new TLS configuration, keeping the old one', {
        err: error,
      })
    }
  }

  async #look(use: (current: ServerTls) => void): Promise<void> {
    const config = (await this.#file.current()).tls_server_config
    const stamp = await stampOf(config)
    if (config === this.#config && stamp === this.#stamp) return
    if (!usesTls(config)) throw new WebConfigError('TLS cannot be turned off without a restart')
    this.current = await readServerTls(config)
    this.#config = config
    this.#stamp = stamp
    use(this.current)
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
  const server = file.now().http_server_config.http2
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
  // Node's own listeners begin the handshake, with what is set by then.
  const begin = server.listeners('connection')
  server.removeAllListeners('connection')
  const connected = async (socket: Socket): Promise<void> => {
    await tls.refresh(({ context, policy }) => {
      server.setSecureContext(context)
      server.requestCert = policy.request
    })
    if (socket.destroyed) return
    for (const listener of begin) Reflect.apply(listener, server, [socket])
  }
  server.on('connection', (socket: Socket) => void connected(socket))
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    const { policy, context } = tls.current
    const reason = refusal(policy, socket)
    if (reason === undefined) {
      markVerified(policy, context.ca !== undefined, socket)
      return
    }
    logger.warn('TLS handshake error', { remote: socket.remoteAddress, err: reason })
    socket.destroy()
  })
}
