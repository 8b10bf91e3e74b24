import { redactUrl } from '../../go/url.js'
import { visibleLine } from '../../go/visible.js'
import type { HttpClient } from '../../http/index.js'
import { errorText } from '../../telemetry/error-text.js'
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
