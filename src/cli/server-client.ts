import path from 'node:path'
import { readConfigInput } from '../config/index.js'
import { goQuote } from '../go/quote.js'
import { redactUrl } from '../go/url.js'
import {
  createHttpClient,
  defaultHttpClientConfig,
  type HttpClient,
  type HttpClientConfig,
  httpClientConfig,
} from '../http/index.js'
import { errorText } from '../telemetry/error-text.js'
import { ConfigError, decodeText, yamlText } from '../yaml/index.js'
import { UsageError } from './flags.js'
import type { Host } from './host.js'
import type { ServerFlags } from './server-flags.js'

/**
 * Makes the client for a running server.
 * @throws {UsageError} when a flag has a value that cannot be used
 */
export async function serverClient(
  flags: ServerFlags,
  { env }: Pick<Host, 'env'>,
  userAgent: string,
): Promise<HttpClient> {
  if (!/^https?:$/.test(URL.canParse(flags.url) ? new URL(flags.url).protocol : '')) {
    const url = goQuote(redactUrl(flags.url))
    throw new UsageError(`--url: ${url} is not a URL that begins with http:// or https://`)
  }
  return createHttpClient(await readClientConfig(flags), { userAgent, environment: env })
}

async function readClientConfig(flags: ServerFlags): Promise<HttpClientConfig> {
  const file = flags['http.config.file']
  if (file === undefined) return defaultHttpClientConfig()
  const absolute = path.resolve(file)
  try {
    const text = yamlText(absolute, await readConfigInput(absolute))
    const { value, issues } = decodeText(httpClientConfig, absolute, text)
    if (issues.length > 0) throw new ConfigError(issues)
    return value
  } catch (error) {
    throw new UsageError(`--http.config.file: ${errorText(error)}`, { cause: error })
  }
}
