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
import { goQuote } from '../../go/quote.js'
import { parseGoUrl, redactUrl } from '../../http/index.js'

/** Printed even where it is empty or zero. */
export const always = { always: true } as const

export const seconds = 1000
export const minute: number = 60 * seconds

/** A text that is always printed. */
export const word: Field<string> = field(text, '', always)

const addressText: Type<string> = { ...text, encode: redactUrl }

/** The address of a server, always printed: a password in it is masked, which upstream does not do. */
export const address: Field<string> = field(addressText, '', always)
export const addresses: Type<readonly string[]> = list(addressText)

/** The same, printed where it is not empty. */
export function addressOr(initial: string): Field<string> {
  return field(addressText, initial)
}

/** The keys of a mechanism that polls an API and has no port in its answers. */
export const polled: { readonly refresh_interval: Field<number>; readonly port: Field<number> } = {
  refresh_interval: field(duration, minute, always),
  port: field(int, 80, always),
}

/** One condition on what an API lists. */
export interface Filter {
  readonly name: string
  readonly values: readonly string[]
}

export const filters: Type<readonly Filter[]> = list(
  struct('struct', { name: word, values: field(list(text), [], always) }),
)

/** A word out of a few; any other is refused with its name quoted. */
export function roleOf<const W extends string>(
  goName: string,
  words: readonly W[],
  refusal: string,
): Type<W | ''> {
  return textual<W | ''>(
    goName,
    () => '',
    (written) => {
      const found = words.find((known) => known === written)
      if (found === undefined) throw new Error(`${refusal} ${goQuote(written)}`)
      return found
    },
    (value) => value,
  )
}

/** Refuses each of these keys that is empty, with the text given for it. */
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
export function requireOneSecret(
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
export function urlFault(url: string): string | undefined {
  try {
    parseGoUrl(url)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
