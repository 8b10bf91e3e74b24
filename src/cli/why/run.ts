import { visibleLine } from '../../go/visible.js'
import { type DocumentFormat, documentText } from '../terminal/document.js'
import { terminalOf } from '../terminal/terminal.js'
import { withProgress } from '../terminal/progress.js'
import { redactUrl } from '../../go/url.js'
import type { Host } from '../host.js'
import { print } from '../print.js'
import { serverClient } from '../server-client.js'
import type { ServerFlags } from '../server-flags.js'
import { MusterApi, AskError } from './api.js'
import { ask } from './ask.js'
import { documentOf } from './document-of.js'
import { report } from './report.js'

export interface WhyFlags extends ServerFlags {
  readonly job?: string
  /** Milliseconds. */
  readonly timeout: number
  readonly output?: DocumentFormat
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
  const client = await serverClient(flags, host, userAgent)
  try {
    const api = new MusterApi(client, flags.url, flags.timeout)
    const knowledge = await withProgress(
      terminalOf(host.stderr, host.env),
      `asking ${redactUrl(flags.url)} about ${address}`,
      () => ask(api, address, flags.job),
    )
    // A line of the report is one line, whatever the server has put into it.
    const text =
      flags.output === undefined
        ? report(knowledge).map(visibleLine).join('\n')
        : documentText(documentOf(knowledge), flags.output)
    print(host.stdout, text)
    return knowledge.isActive ? isTarget : isNone
  } catch (error) {
    if (!(error instanceof AskError)) throw error
    print(host.stderr, visibleLine(`muster why: ${error.message}`))
    return isUnknown
  } finally {
    await client.close()
  }
}
