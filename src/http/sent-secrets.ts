import { Buffer } from 'node:buffer'
import { errorText } from '../telemetry/error-text.js'
import { HttpError } from './errors.js'
import type { RequestHeaders } from './headers.js'

/** A shorter one is no secret, and would be found in every text. */
const leastSecret = 4
/** The value of a header that may be anything: a short one is a word or a number. */
const leastValue = 8
/** So much of a secret is one, where the text was cut behind it. */
const leastPart = 8

const harmless =
  /^(?:accept(?:-[a-z]+)?|content-(?:type|language)|if-none-match|if-modified-since|user-agent|x-prometheus-refresh-interval-seconds)$/
const credential = /auth|token|key|secret|passw|cookie/

/**
 * Whether a header may go along to a foreign host. Any other may be a credential: `X-Consul-Token`,
 * `X-Amz-Security-Token` and their like have no common sign.
 * @param name in lower case
 */
export function isHarmless(name: string): boolean {
  return harmless.test(name)
}

/**
 * The secrets that one request was sent with, over all its redirects. A server, or a proxy before it, may repeat
 * them in any text: its status line, the URL that it leads to, its own words.
 */
export class SentSecrets {
  readonly #forms = new Set<string>()

  /** @param secrets those that the body of the request holds */
  constructor(secrets: readonly string[] = []) {
    for (const secret of secrets) this.add(secret)
  }

  /** @param least a shorter one is none */
  add(secret: string, least: number = leastSecret): void {
    if (secret.length < least || this.#forms.has(secret)) return
    for (const form of formsOf(secret)) this.#forms.add(form)
  }

  /**
   * Adds what the headers of a request hold.
   * @param shown those of the config that are there for all to see
   */
  addHeaders(headers: RequestHeaders, shown: RequestHeaders = {}): void {
    for (const [name, value] of Object.entries(headers)) {
      if (isHarmless(name)) continue
      const least = credential.test(name) ? leastSecret : leastValue
      for (const each of [value].flat()) {
        if ([shown[name]].flat().includes(each)) continue
        if (name.endsWith('authorization')) this.#addAuthorization(each)
        else this.add(each, least)
      }
    }
  }

  /** `Bearer x`, `Basic x`; of a signature in several parts each value. */
  #addAuthorization(value: string): void {
    const [, scheme = '', credentials = ''] = /^(?:([^ ]*) )?(.*)$/s.exec(value) ?? []
    this.add(credentials)
    if (scheme.toLowerCase() !== 'basic') return
    const pair = Buffer.from(credentials, 'base64').toString('utf8')
    this.add(pair)
    this.add(pair.slice(pair.indexOf(':') + 1))
  }

  /** A text with `<secret>` in place of each of them, however it is encoded, and of one that is cut off. */
  conceal(text: string): string {
    let shown = text
    // One may be the beginning of another.
    const forms = [...this.#forms].sort((a, b) => b.length - a.length)
    for (const form of forms) shown = without(shown, form)
    return shown
  }

  /** Does something whose {@link HttpError} may repeat them. @throws what it throws, without them */
  async around<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw error instanceof HttpError ? this.#concealed(error) : error
    }
  }

  #concealed(error: HttpError): HttpError {
    const { kind, status, retryAfterMs } = error
    const all = errorText(error)
    if (this.conceal(all) === all) return error
    return new HttpError(kind, this.conceal(error.message), {
      ...(status === undefined ? {} : { status }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    })
  }
}

/** What a server may make of a text that it repeats. */
function formsOf(secret: string): readonly string[] {
  const form = new URLSearchParams({ '': secret }).toString().slice(1)
  const inJson = JSON.stringify(secret).slice(1, -1)
  const inXml = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const inQuotes = inXml.replaceAll('"', '&quot;')
  const forms = [form, form.replaceAll('+', '%20'), inJson, inXml, inQuotes]
  const lower = forms.map((one) => one.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))
  return [...forms, ...lower, secret]
}

function without(text: string, secret: string): string {
  const shown = text.replaceAll(secret, '<secret>')
  const part = secret.slice(0, leastPart)
  if (part.length < leastPart) return shown
  const at = shown.lastIndexOf(part)
  if (at < 0) return shown
  const end = cutEnd.exec(shown.slice(at))?.[0] ?? ''
  const tail = shown.slice(at, shown.length - end.length)
  return secret.startsWith(tail) ? `${shown.slice(0, at)}<secret>${end}` : shown
}

/** What stands behind a text that was cut. */
const cutEnd = /(?:\.\.\.)?"?$/
