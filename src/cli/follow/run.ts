import path from 'node:path'
import { goQuote } from '../../go/quote.js'
import { redactUrl } from '../../go/url.js'
import { visibleLine } from '../../go/visible.js'
import { errorText } from '../../telemetry/error-text.js'
import { UsageError } from '../flags.js'
import type { Host } from '../host.js'
import { print } from '../print.js'
import { serverClient } from '../server-client.js'
import type { ServerFlags } from '../server-flags.js'
import { ListFollower } from './list-follower.js'

/** What `muster follow` takes. */
export interface FollowFlags extends ServerFlags {
  readonly job: string
  readonly out: string
  /** Whether the file gets the interval and the timeout of each target. */
  readonly settings: boolean
}

const signals = ['SIGINT', 'SIGTERM'] as const

/**
 * Follows the targets of a job until Ctrl-C.
 * @returns the exit code: 0
 * @throws {UsageError} when a flag has a value that cannot be used
 */
export async function follow(flags: FollowFlags, host: Host, userAgent: string): Promise<number> {
  if (!/^https?:$/.test(URL.canParse(flags.url) ? new URL(flags.url).protocol : '')) {
    const shown = goQuote(redactUrl(flags.url))
    throw new UsageError(`${shown} is not a URL that begins with http:// or https://`)
  }
  const client = await serverClient(flags, host, userAgent)
  const stop = new AbortController()
  const end = (): void => stop.abort()
  for (const signal of signals) host.signals.on(signal, end)
  const say = (text: string): void => print(host.stderr, visibleLine(`muster follow: ${text}`))
  try {
    const base = flags.url.replace(/\/+$/, '')
    const query = `form=groups&settings=${String(flags.settings)}`
    const follower = new ListFollower({
      client,
      url: `${base}/http_sd/${encodeURIComponent(flags.job)}?${query}`,
      file: path.resolve(flags.out),
      onWritten: ({ targets }) => say(`${flags.out} has ${String(targets)} targets`),
      onFailure: (error) => say(`${errorText(error)}; the file stays as it is, trying again`),
    })
    await follower.run(stop.signal)
    return 0
  } finally {
    for (const signal of signals) host.signals.off(signal, end)
    await client.close()
  }
}
