import { goQuote } from '../../go/quote.js'
import { parseGoUrl, redactUrl } from '../../http/index.js'
import {
  type Decoding,
  duration,
  type Field,
  field,
  int,
  list,
  Secret,
  struct,
  text,
  textual,
  type Type,
} from '../../yaml/index.js'

/** The option of a key that is printed even where it is empty or zero (no `omitempty` in Go). */
export const always = { always: true } as const

/** Milliseconds. */
export const second = 1000
/** Milliseconds. */
export const minute: number = 60 * second

/** A URL, kept as written. Printing masks a password in it, which Prometheus does not do. */
export const maskedUrl: Type<string> = { ...text, encode: redactUrl }

/** The keys of a mechanism that polls an API whose answers name no ports. */
export const pollKeys: { readonly refresh_interval: Field<number>; readonly port: Field<number> } =
  {
    refresh_interval: field(duration, minute, always),
    port: field(int, 80, always),
  }

/** One condition on what an API lists. */
export interface Filter {
  readonly name: string
  readonly values: readonly string[]
}

/** The `filters` of a section. */
export const filters: Type<readonly Filter[]> = list(
  struct('struct', {
    name: field(text, '', always),
    values: field(list(text), [], always),
  }),
)

/**
 * One of a few roles.
 * @param goName Go's name of the type, for errors about values of another type
 * @param roles the values it takes
 * @param refusal what the error for any other value begins with; the value follows, quoted
 */
export function roleOf<const R extends string>(
  goName: string,
  roles: readonly R[],
  refusal: string,
): Type<R | ''> {
  return textual<R | ''>(
    goName,
    () => '',
    (written) => {
      const found = roles.find((known) => known === written)
      if (found === undefined) throw new Error(`${refusal} ${goQuote(written)}`)
      return found
    },
    (value) => value,
  )
}

/**
 * Reports each of these keys that is empty.
 * @param messages by key, in the order in which Prometheus checks them
 */
export function requireKeys<V extends object>(
  value: V,
  at: Decoding,
  messages: { readonly [K in keyof V]?: string },
): void {
  const given = new Map<string, unknown>(Object.entries(value))
  for (const [key, message] of Object.entries(messages) as [string, string][]) {
    const one = given.get(key)
    if (one === '' || (one instanceof Secret && one.isEmpty)) at.failKey(key, message)
  }
}

/** Requires exactly one of `secret_key` and `secret_key_file`. */
export function requireOneSecretKey(
  value: { readonly secret_key: Secret; readonly secret_key_file: string },
  at: Decoding,
): void {
  const given = Number(!value.secret_key.isEmpty) + Number(value.secret_key_file !== '')
  if (given === 0) at.fail('one of secret_key & secret_key_file must be configured')
  if (given === 2) {
    at.failKey('secret_key_file', 'at most one of secret_key & secret_key_file must be configured')
  }
}

/** The text of Go's url.Parse error; undefined for a URL that Go takes. */
export function faultOfUrl(url: string): string | undefined {
  try {
    parseGoUrl(url)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/**
 * What is wrong with the URL of a server, which needs a scheme and a host.
 * @param incomplete the text for a URL that lacks one of them
 */
export function faultOfServerUrl(url: string, incomplete: string): string | undefined {
  const fault = faultOfUrl(url)
  if (fault !== undefined) return fault
  const { scheme, host } = parseGoUrl(url)
  return scheme === '' || host === '' ? incomplete : undefined
}

/** What is wrong with a URL that is asked as it is (`http`, `puppetdb`). */
export function faultOfHttpUrl(url: string): string | undefined {
  if (url === '') return 'URL is missing'
  const fault = faultOfUrl(url)
  if (fault !== undefined) return fault
  const { scheme, host } = parseGoUrl(url)
  if (scheme !== 'http' && scheme !== 'https') return "URL scheme must be 'http' or 'https'"
  return host === '' ? 'host is missing in URL' : undefined
}
