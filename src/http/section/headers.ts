import { canonicalHeader } from '../../go/header.js'
import {
  type Decoding,
  field,
  filePath,
  list,
  map,
  type Secret,
  secret,
  struct,
  text,
  type Type,
} from '../../yaml/index.js'

/** The values of one header of `http_headers`, sent in this order. */
export interface HeaderValues {
  readonly values: readonly string[]
  readonly secrets: readonly Secret[]
  readonly files: readonly string[]
}

const reserved: ReadonlySet<string> = new Set(
  [
    'Authorization Host Content-Encoding Content-Length Content-Type User-Agent Connection Keep-Alive',
    'Proxy-Authenticate Proxy-Authorization Www-Authenticate Accept-Encoding',
    'X-Prometheus-Remote-Write-Version X-Prometheus-Remote-Read-Version',
    'X-Prometheus-Scrape-Timeout-Seconds X-Amz-Date X-Amz-Security-Token X-Amz-Content-Sha256',
  ].flatMap((line) => line.split(' ')),
)

/** Refuses the headers that muster and Prometheus set themselves. */
export function checkHeaders(value: Readonly<Record<string, HeaderValues>>, at: Decoding): void {
  const bad = Object.keys(value).find((name) => reserved.has(canonicalHeader(name)))
  if (bad === undefined) return
  at.failKey('http_headers', `setting header "${canonicalHeader(bad)}" is not allowed`)
}

/** The `http_headers` section. */
export const httpHeaders: Type<Readonly<Record<string, HeaderValues>>> = map(
  struct('config.Header', {
    values: field(list(text)),
    secrets: field(list(secret)),
    files: field(list(filePath)),
  }),
)
