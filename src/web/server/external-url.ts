import { WebError } from '../errors.js'

/** The URL under which others reach this server, as far as it is needed. */
export interface ExternalUrl {
  readonly scheme: string
  /** As it was written: `http://h:80/` has `h:80`. */
  readonly host: string
  /** Empty, or with a slash at its beginning and none at its end. */
  readonly path: string
}

/**
 * Reads `--web.external-url` as Prometheus does; empty means `http://<hostname>:<port>/`.
 * @throws WebError when it is quoted or no absolute http(s) URL
 */
export function resolveExternalUrl(text: string, hostname: string, port: number): ExternalUrl {
  if (/^["']|["']$/.test(text)) {
    throw new WebError('ERR_WEB_EXTERNAL_URL', 'URL must not begin or end with quotes')
  }
  const given = text === '' ? `http://${hostname}:${String(port)}/` : text
  const match = /^(https?):\/\/(?:[^/?#@]*@)?([^/?#@]+)([^?#]*)/i.exec(given)
  if (match === null || !URL.canParse(given)) {
    throw new WebError(
      'ERR_WEB_EXTERNAL_URL',
      `${JSON.stringify(given)} is not an external URL: expected something like http://host:9099/muster`,
    )
  }
  const [, scheme = '', host = '', path = ''] = match
  return { scheme: scheme.toLowerCase(), host, path: path.replace(/\/+$/, '') }
}
