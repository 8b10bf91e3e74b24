import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** A server closed a new connection without a word. */
export class HangUpError extends Error {
  override readonly name = 'HangUpError'
  /** Undici's own for it. */
  readonly code = 'UND_ERR_SOCKET'

  constructor(socket: Socket) {
    super(`other side closed without an answer${likelyReason(socket)}`)
  }
}

/** Adds the likely reason to the error of a connection that was reset before any answer. */
export function explainReset(error: Error, socket: Socket): void {
  if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET' || !(socket instanceof TLSSocket))
    return
  error.message += likelyReason(socket)
}

function likelyReason(socket: Socket): string {
  if (!(socket instanceof TLSSocket)) {
    return '; if it speaks TLS on this port, write https:// (scheme: https)'
  }
  // A server that asks for a certificate says by which algorithms it may be signed; else there are none.
  if (socket.getSharedSigalgs().length === 0) return ''
  const own = socket.getCertificate()
  return own === null || Object.keys(own).length === 0
    ? ': it asked for a client certificate; set cert_file and key_file of tls_config'
    : ': it asked for a client certificate, and does not seem to take the one of cert_file of tls_config'
}
