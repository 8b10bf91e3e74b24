import { goQuote } from '../../go/quote.js'
import { redactUrl } from '../../go/url.js'
import { visibleLine } from '../../go/visible.js'
import type { HttpClient } from '../../http/index.js'
import { errorText } from '../../telemetry/error-text.js'
import { type ProviderElement, providersAnswer } from '../why/answers.js'
import { AskError, MusterApi } from '../why/api.js'
import type { Output } from './output.js'

// A page for people; what is longer is not from a Prometheus or a muster.
const maxBytes = 64 << 10

/**
 * `muster check healthy` and `check ready`: asks a running server, and says what it answers as promtool does.
 * @param url where it listens, with its route prefix
 * @param timeoutMs how long it may take
 * @returns the exit code
 */
export async function checkServer(
  client: HttpClient,
  url: string,
  state: 'healthy' | 'ready',
  timeoutMs: number,
  output: Output,
): Promise<number> {
  const address = `${url.replace(/\/+$/, '')}/-/${state}`
  try {
    const { status, body } = await client.request({ url: address, timeoutMs, maxBytes })
    if (status === 200) {
      output.err(`  SUCCESS:  ${visibleLine(body.toString('utf8').trim())}`)
      return 0
    }
    output.err(`check failed: URL=${redactUrl(url)}, status=${String(status)}`)
  } catch (error) {
    output.err(visibleLine(`Get "${redactUrl(address)}": ${errorText(error)}`))
  }
  return 1
}

/**
 * `muster check ready --providers`: whether every provider of a running muster has answered, and goes on to.
 * Says of each that has not what is the matter.
 * @returns the exit code
 */
export async function checkProviders(
  client: HttpClient,
  url: string,
  timeoutMs: number,
  output: Output,
): Promise<number> {
  try {
    const answer = await new MusterApi(client, url, timeoutMs).data(providersAnswer, '/providers')
    if (answer === undefined) {
      throw new AskError('/providers: the server knows no providers: is it a muster?')
    }
    const { providers } = answer
    const faults = providers.flatMap((provider) => faultOf(provider) ?? [])
    for (const fault of faults) output.err(visibleLine(`  FAILED: ${fault}`))
    if (faults.length > 0) return 1
    const { length } = providers
    const answered = length === 1 ? '1 provider has' : `${String(length)} providers have`
    output.err(`  SUCCESS:  ${answered} answered`)
    return 0
  } catch (error) {
    if (!(error instanceof AskError)) throw error
    output.err(visibleLine(error.message))
    return 1
  }
}

/** What is the matter with a provider: it fails, or shows what it found before the last start. */
function faultOf(provider: ProviderElement): string | undefined {
  const { name, manager, sets, state, lastError, staleSince } = provider
  if (state === 'running' && staleSince === undefined) return undefined
  const stale = staleSince === undefined ? '' : `, targets as of ${staleSince}`
  const reason = lastError === undefined ? '' : `: ${lastError.message}`
  return `${name} (${manager} ${sets.map(goQuote).join(', ')}) is ${state}${stale}${reason}`
}
