import path from 'node:path'
import { readConfigInput } from '../../config/index.js'
import {
  createHttpClient,
  defaultHttpClientConfig,
  type HttpClientConfig,
  httpClientConfig,
} from '../../http/index.js'
import { goQuote } from '../../go/quote.js'
import { redactUrl } from '../../go/url.js'
import { visibleLine } from '../../go/visible.js'
import { errorText } from '../../telemetry/error-text.js'
import { ConfigError, decodeText, yamlText } from '../../yaml/index.js'
import type { Host } from '../host.js'
import { UsageError } from '../flags.js'
import { print } from '../print.js'
import { MusterApi, AskError } from './api.js'
import { ask } from './ask.js'
import { report } from './report.js'

export interface WhyFlags {
  readonly url: string
  readonly job?: string
  /** Milliseconds. */
  readonly timeout: number
  readonly 'http.config.file'?: string
}

const isTarget = 0
const isNone = 1
const isUnknown = 3

/**
 * Asks a running muster about an address, and prints what it knows.
 * @returns the exit code: 0 for an active target, 1 for none, 3 when it cannot be asked
 * @throws {UsageError} when a flag has a value that cannot be used
 */
export async function why(
  address: string,
  flags: WhyFlags,
  host: Host,
  userAgent: string,
): Promise<number> {
  if (!/^https?:$/.test(URL.canParse(flags.url) ? new URL(flags.url).protocol : '')) {
    const url = goQuote(redactUrl(flags.url))
    throw new UsageError(`--url: ${url} is not a URL that begins with http:// or https://`)
  }
  const client = createHttpClient(await readClientConfig(flags), {
    userAgent,
    environment: host.env,
  })
  try {
    const knowledge = await ask(new MusterApi(client, flags.url, flags.timeout), address, flags.job)
    // A line of the report is one line, whatever the server has put into it.
    print(host.stdout, report(knowledge).map(visibleLine).join('\n'))
    return knowledge.isActive ? isTarget : isNone
  } catch (error) {
    if (!(error instanceof AskError)) throw error
    print(host.stderr, visibleLine(`muster why: ${error.message}`))
    return isUnknown
  } finally {
    await client.close()
  }
}

/** @throws {UsageError} when the file of `--http.config.file` cannot be used */
async function readClientConfig(flags: WhyFlags): Promise<HttpClientConfig> {
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
