import { createHash, type KeyLike, verify } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** A request as it arrived. */
export interface ArrivedRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/**
 * Checks a signature as Oracle's servers do, from what arrived alone.
 * https://docs.oracle.com/en-us/iaas/Content/API/Concepts/signingrequests.htm
 * @returns the name of the key and the headers that are signed, or what is wrong
 */
export function signed({ method, path, headers, body }: ArrivedRequest, key: KeyLike): string {
  const [, scheme = '', written = ''] = /^(\S+) (.*)$/s.exec(headers.authorization ?? '') ?? []
  const given = new Map(
    [...written.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  )
  const names = given.get('headers') ?? ''
  const lines = names.split(' ').map((name) => {
    if (name === '(request-target)') return `${name}: ${method.toLowerCase()} ${path}`
    return `${name}: ${String(headers[name])}`
  })
  const signature = Buffer.from(given.get('signature') ?? '', 'base64')
  const hash = createHash('sha256').update(body).digest('base64')
  if (scheme !== 'Signature' || given.get('version') !== '1') return 'is not signed'
  if (given.get('algorithm') !== 'rsa-sha256') return 'is signed in another way'
  if (body !== '' && headers['x-content-sha256'] !== hash) return 'has another body'
  if (Math.abs(Date.now() - Date.parse(headers.date ?? '')) > 60_000) return 'has another date'
  if (!verify('RSA-SHA256', Buffer.from(lines.join('\n')), key, signature))
    return 'has been changed'
  return `${given.get('keyId') ?? ''} ${names}`
}
