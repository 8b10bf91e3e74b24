import { type HttpClientConfig, httpClientConfig, parseGoUrl, redactUrl } from '../../http/index.js'
import {
  type Decoding,
  duration,
  field,
  inline,
  struct,
  type StructType,
  text,
  type Type,
} from '../../yaml/index.js'

/** One element of `http_sd_configs`. */
export interface HttpSdConfig {
  readonly http: HttpClientConfig
  /** Milliseconds between the starts of two requests; also the time each of them may take. */
  readonly refresh_interval: number
  readonly url: string
}

const printedUrl: Type<string> = { ...text, encode: redactUrl }

function faultOf(url: string): string | undefined {
  if (url === '') return 'URL is missing'
  try {
    const { scheme, host } = parseGoUrl(url)
    if (scheme !== 'http' && scheme !== 'https') return "URL scheme must be 'http' or 'https'"
    return host === '' ? 'host is missing in URL' : undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function check({ url }: HttpSdConfig, at: Decoding): void {
  const fault = faultOf(url)
  if (fault !== undefined) at.failKey('url', fault)
}

/** How one element of `http_sd_configs` is read. */
export const httpSection: StructType<HttpSdConfig> = struct(
  'http.plain',
  {
    http: inline(httpClientConfig),
    refresh_interval: field(duration, 60_000),
    url: field(printedUrl, '', { always: true }),
  },
  check,
)
