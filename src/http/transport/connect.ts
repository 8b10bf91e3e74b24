import { once } from 'node:events'
import http from 'node:http'
import net, { type Socket } from 'node:net'
import { type PeerCertificate, TLSSocket } from 'node:tls'
import type { buildConnector as connector } from 'undici'
import { joinHostPort } from '../../go/host-port.js'
import { codeOf, HttpError } from '../errors.js'
import { plainReason } from '../reasons.js'
import { mostHeadBytes } from './lenient-parser.js'
import type { OpenSockets } from './open-sockets.js'
import type { Proxy } from './proxy.js'
import { socks5 } from './socks5.js'
import type { AcceptsServer } from './second-look.js'
import type { SecondLook, TlsOptions } from './tls.js'
import { buildConnector } from './undici.js'

/** How long a connection may take, with its TLS handshake or its way through a proxy; as in Go. */
const connectTimeoutMs = 10_000

type Connector = connector.connector

/** The TLS options of a connector: made when first needed. */
type TlsSupply = () => TlsOptions & Partial<Pick<SecondLook, 'accepts'>>

/**
 * A connector for connections straight to the server.
 * @param sockets keeps track of every socket it opens
 */
export function directConnector(
  tls: TlsSupply,
  allowH2: boolean,
  sockets: OpenSockets,
  socketPath?: string,
): Connector {
  const common = {
    timeout: connectTimeoutMs,
    ...(socketPath === undefined ? {} : { socketPath }),
  }
  const plain = sockets.watch(buildConnector(common))
  let secure: Connector | undefined
  return (options, callback) => {
    if (options.protocol !== 'https:') {
      plain(options, callback)
      return
    }
    secure ??= secureConnector(tls(), { ...common, allowH2 }, sockets)
    secure(options, callback)
  }
}

function secureConnector(
  { servername, accepts, ...tls }: ReturnType<TlsSupply>,
  options: connector.BuildOptions,
  sockets: OpenSockets,
): Connector {
  // A session that is resumed says nothing of who the server was.
  const sessions = accepts === undefined ? {} : { maxCachedSessions: 0 }
  const connect = sockets.watch(buildConnector({ ...options, ...tls, ...sessions }))
  return (target, callback) => {
    // Undici asks for the name of the host where it is given none. A dot at its end is not part of it.
    const name = servername ?? target.hostname.replace(/\.+$/, '')
    const asked = net.isIP(name) === 0 ? name : ''
    connect({ ...target, host: asked, servername: asked }, (...outcome) => {
      const [, socket] = outcome
      if (!(socket instanceof TLSSocket)) {
        callback(...outcome)
        return
      }
      const fault =
        accepts &&
        faultOf(socket, accepts, (cert) => tls.checkServerIdentity(target.hostname, cert))
      if (fault === undefined) {
        // A fault that the server tells after the handshake ends the connection, before its end is seen.
        socket.once('error', (error) => socket.destroy(error))
        callback(null, socket)
      } else {
        socket.destroy()
        callback(fault, null)
      }
    })
  }
}

function faultOf(
  socket: TLSSocket,
  accepts: AcceptsServer,
  identity: (certificate: PeerCertificate) => Error | undefined,
): Error | undefined {
  const certificate = socket.getPeerCertificate()
  const code = String(socket.authorizationError)
  return accepts(certificate, code)
    ? identity(certificate)
    : Object.assign(new Error('unsuitable certificate purpose'), { code })
}

/** The errors after which there may be a second look: nothing is made for any other. */
const refusals: ReadonlySet<string> = new Set(['CERT_SIGNATURE_FAILURE', 'INVALID_PURPOSE'])

/**
 * A connector that looks again at a server which OpenSSL refuses.
 * @param looks made when first needed: the code of an error, and what connects after it
 */
export function withSecondLook(
  first: Connector,
  looks: () => readonly { readonly after: string; readonly connect: Connector }[],
): Connector {
  const attempt = (
    connect: Connector,
    left: (() => ReturnType<typeof looks>) | undefined,
    ...[options, callback]: Parameters<Connector>
  ): void => {
    connect(options, (...outcome) => {
      const [error] = outcome
      const code = codeOf(error)
      const fitting = refusals.has(code)
        ? (left?.() ?? []).filter(({ after }) => after === code)
        : []
      const [next, ...others] = fitting
      if (next === undefined) callback(...outcome)
      else attempt(next.connect, () => others, options, callback)
    })
  }
  return (options, callback) => attempt(first, looks, options, callback)
}

/**
 * A connector through a proxy, for any server behind it.
 * @param toProxy connects to the proxy itself
 * @param within starts TLS with the server through the open tunnel
 */
export function tunnelConnector(
  proxy: Proxy,
  connectHeaders: () => http.OutgoingHttpHeaders,
  toProxy: Connector,
  within: Connector,
): Connector {
  return (options, callback) => {
    const { hostname, protocol } = options
    const port = options.port === '' ? (protocol === 'https:' ? '443' : '80') : options.port
    openTunnel(proxy, connectHeaders(), { hostname, port }, toProxy).then(
      (socket) => {
        if (protocol !== 'https:') callback(null, socket)
        else within({ ...options, httpSocket: socket }, callback)
      },
      (error: unknown) => {
        callback(error instanceof Error ? error : new Error(String(error)), null)
      },
    )
  }
}

async function openTunnel(
  proxy: Proxy,
  headers: http.OutgoingHttpHeaders,
  target: { readonly hostname: string; readonly port: string },
  direct: Connector,
): Promise<Socket> {
  const url = new URL(proxy.origin.replace(/^socks5:/, 'http:'))
  const socket = await connectTo(url, proxy, direct)
  const timer = setTimeout(() => {
    socket.destroy(new HttpError('proxy', `proxy ${proxy.origin} did not answer in 10s`))
  }, connectTimeoutMs)
  try {
    if (proxy.kind === 'socks5') await socks5(socket, proxy, target)
    else await connectThrough(socket, proxy, headers, target)
    return socket
  } catch (error) {
    socket.on('error', () => undefined).destroy()
    if (error instanceof HttpError) throw error
    const reason = plainReason(
      codeOf(error),
      error instanceof Error ? error.message : String(error),
    )
    throw new HttpError('proxy', `proxy ${proxy.origin}: ${reason}`, { cause: error })
  } finally {
    clearTimeout(timer)
  }
}

function connectTo(url: URL, proxy: Proxy, direct: Connector): Promise<Socket> {
  return new Promise((resolve, reject) => {
    direct(
      {
        hostname: url.hostname.replace(/^\[|\]$/g, ''),
        host: url.host,
        protocol: url.protocol,
        // A socks proxy without a port is at 1080; URL has dropped the default ones of http and https.
        port: url.port === '' && proxy.kind === 'socks5' ? '1080' : url.port,
        servername: '',
      },
      (error, socket) => {
        if (error === null) resolve(socket)
        else {
          const reason = plainReason(codeOf(error), error?.message ?? 'no connection')
          reject(
            new HttpError('proxy', `proxy ${proxy.origin}: ${reason}`, {
              cause: error ?? undefined,
            }),
          )
        }
      },
    )
  })
}

async function connectThrough(
  socket: Socket,
  proxy: Proxy,
  headers: http.OutgoingHttpHeaders,
  { hostname, port }: { readonly hostname: string; readonly port: string },
): Promise<void> {
  const authority = joinHostPort(hostname, port)
  const request = http.request({
    method: 'CONNECT',
    path: authority,
    createConnection: () => socket,
    // As lenient as Go; nothing but the status counts.
    insecureHTTPParser: true,
    maxHeaderSize: mostHeadBytes,
    headers: {
      host: authority,
      ...(proxy.authorization === undefined ? {} : { 'proxy-authorization': proxy.authorization }),
      ...headers,
    },
  })
  request.end()
  const [response] = (await once(request, 'connect')) as [http.IncomingMessage]
  if (response.statusCode !== 200) {
    const status = `${String(response.statusCode)} ${response.statusMessage ?? ''}`.trim()
    throw new Error(
      response.statusCode === 407
        ? `${status}: it wants another user and password in proxy_url, or headers in proxy_connect_header`
        : status,
    )
  }
}
