import { readRegular, secretLimit } from '../go/read-file.js'
import type { Deadline } from './deadline.js'
import { HttpError } from './errors.js'
import type { HeaderValues } from './section/headers.js'

/** Headers of a request: lower-case names, several values in order. */
export type RequestHeaders = Readonly<Record<string, string | string[]>>

/** What the `http_headers` of a config come to for one request. */
export interface ConfiguredHeaders {
  /** Those written in the config for all to see. */
  readonly plain: RequestHeaders
  /** Those with a secret or a file among their values: not for hosts that a redirect leads to. */
  readonly secret: RequestHeaders
}

async function readValue(file: string, { signal }: Deadline): Promise<string> {
  try {
    const bytes = await readRegular(file, { limit: secretLimit, signal })
    return bytes.toString('utf8').trim()
  } catch (error) {
    if (signal.aborted) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new HttpError('credentials', `unable to read headers file ${file}: ${reason}`, {
      cause: error,
    })
  }
}

/**
 * The headers of a config for one request; files are read each time.
 * @throws {HttpError} of kind `credentials` when a file cannot be read
 */
export async function configuredHeaders(
  config: Readonly<Record<string, HeaderValues>>,
  deadline: Deadline,
): Promise<ConfiguredHeaders> {
  const plain: [string, string[]][] = []
  const secret: [string, string[]][] = []
  for (const [name, { values, secrets, files }] of Object.entries(config)) {
    const all = [
      ...values,
      ...secrets.map((value) => value.reveal()),
      ...(await Promise.all(files.map((file) => readValue(file, deadline)))),
    ]
    if (all.length === 0) continue
    const list = secrets.length + files.length === 0 ? plain : secret
    list.push([name.toLowerCase(), all])
  }
  return { plain: Object.fromEntries(plain), secret: Object.fromEntries(secret) }
}

/** Puts headers together; where both have one, both values are sent, `first`'s first. */
export function joinHeaders(first: RequestHeaders, second: RequestHeaders): RequestHeaders {
  const added = Object.entries(second)
  if (added.length === 0) return first
  const out = new Map<string, string | string[]>(Object.entries(first))
  for (const [name, value] of added) {
    const before = out.get(name)
    out.set(name, before === undefined ? value : [before, value].flat())
  }
  return Object.fromEntries(out)
}
