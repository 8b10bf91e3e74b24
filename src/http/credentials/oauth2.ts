import { randomUUID } from 'node:crypto'
import { basicValue } from '../basic.js'
import type { Credentials } from './credentials.js'
import { Deadline } from '../deadline.js'
import type { Environment } from '../environment.js'
import { HttpError } from '../errors.js'
import { redactUrl } from '../../go/url.js'
import { assertion } from './jwt.js'
import { jwtBearer, type OAuth2 } from '../section/oauth2.js'
import type { HttpResponse } from '../response.js'
import { SentSecrets } from '../sent-secrets.js'
import { wrapErrors, type SecretSource, secretSource } from '../secret-source.js'
import { readToken, type Token } from './token-response.js'
import { HttpTransport } from '../transport/transport.js'
import { waitFor } from '../../waiting/wait-for.js'

/** A token this close to its end is no longer used; as in golang.org/x/oauth2. */
const earlyMs = 10_000
const timeoutMs = 30_000
const maxBytes = 1 << 20

/** How the client names itself: tried in this order, what works is kept (AuthStyleAutoDetect in Go). */
type Style = 'header' | 'params'

class OAuth2Source implements Credentials {
  readonly #config: OAuth2
  readonly #credential: SecretSource | undefined
  readonly #transport: HttpTransport
  readonly #userAgent: string
  #held: { readonly secret: string; readonly token: Promise<Token>; expiresAt: number } | undefined
  #style: Style | undefined

  constructor(
    config: OAuth2,
    credential: SecretSource | undefined,
    transport: HttpTransport,
    userAgent: string,
  ) {
    this.#config = config
    this.#credential = credential
    this.#transport = transport
    this.#userAgent = userAgent
  }

  async authorization(signal?: AbortSignal): Promise<string> {
    const secret = await this.#secret(signal)
    const held = this.#held
    const valid = held?.secret === secret && held.expiresAt - earlyMs > Date.now()
    const token = valid ? held.token : this.#renew(secret)
    const { value } = await waitFor(token, signal)
    return value
  }

  close(): Promise<void> {
    return this.#transport.close()
  }

  /** One fetch serves all requests that wait for it; a failed one is not kept. */
  #renew(secret: string): Promise<Token> {
    const secrets = new SentSecrets([secret])
    const token = secrets.around(() => this.#fetch(secret, secrets))
    const held = { secret, token, expiresAt: Number.POSITIVE_INFINITY }
    this.#held = held
    token.then(
      ({ expiresAt }) => {
        held.expiresAt = expiresAt ?? Number.POSITIVE_INFINITY
      },
      () => {
        if (this.#held === held) this.#held = undefined
      },
    )
    return token
  }

  async #secret(signal: AbortSignal | undefined): Promise<string> {
    try {
      return (await this.#credential?.read(signal)) ?? ''
    } catch (error) {
      if (signal?.aborted) throw error
      const reason = error instanceof Error ? error.message : String(error)
      throw new HttpError('credentials', `unable to read oauth2 client secret: ${reason}`, {
        cause: error,
      })
    }
  }

  async #fetch(secret: string, secrets: SentSecrets): Promise<Token> {
    if (this.#config.grant_type === jwtBearer) {
      const signed = assertion(this.#config, secret, Date.now(), randomUUID())
      secrets.add(signed)
      const form = { grant_type: jwtBearer, assertion: signed }
      return readToken(await this.#post(form, secrets), Date.now())
    }
    const styles: readonly Style[] =
      this.#style === undefined ? ['header', 'params'] : [this.#style]
    let last: unknown
    for (const style of styles) {
      try {
        const token = readToken(await this.#ask(style, secret, secrets), Date.now())
        this.#style = style
        return token
      } catch (error) {
        // Only a refusal may be about the style; what did not get there would not in the other one.
        if (!(error instanceof HttpError) || error.kind !== 'credentials') throw error
        last = error
      }
    }
    throw last
  }

  #ask(style: Style, secret: string, secrets: SentSecrets): Promise<HttpResponse> {
    const { client_id, scopes } = this.#config
    const form = {
      grant_type: 'client_credentials',
      ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    }
    if (style === 'params') {
      return this.#post({ ...form, client_id, client_secret: secret }, secrets)
    }
    const authorization = basicValue(formEncode(client_id), formEncode(secret))
    secrets.addHeaders({ authorization })
    return this.#post(form, secrets, { authorization })
  }

  async #post(
    form: Readonly<Record<string, string>>,
    secrets: SentSecrets,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<HttpResponse> {
    const url = new URL(this.#config.token_url)
    const body = new URLSearchParams({ ...form, ...this.#config.endpoint_params }).toString()
    const subject = `POST ${redactUrl(url.href)}`
    const deadline = new Deadline(timeoutMs, () => subject)
    try {
      return await this.#transport.send({
        url,
        method: 'POST',
        body,
        maxBytes,
        deadline,
        secrets,
        headers: {
          'user-agent': this.#userAgent,
          accept: 'application/json',
          'content-type': 'application/x-www-form-urlencoded',
          ...headers,
        },
      })
    } finally {
      deadline.clear()
    }
  }
}

/** Name and secret are form-encoded before they go into the header (RFC 6749, 2.3.1). */
function formEncode(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}

/**
 * The tokens of an `oauth2` section: fetched when first needed, shared, fetched again ten seconds
 * before their end and when the secret's file has changed.
 * @throws {HttpConfigError} for a secret reference, or certificates that cannot be used
 */
export function createTokenSource(
  config: OAuth2,
  userAgent: string,
  environment: Environment,
): Credentials {
  const credential =
    config.grant_type === jwtBearer
      ? wrapErrors('unable to use client certificate', () =>
          secretSource(
            config.client_certificate_key,
            config.client_certificate_key_file,
            config.client_certificate_key_ref,
          ),
        )
      : wrapErrors('unable to use client secret', () =>
          secretSource(config.client_secret, config.client_secret_file, config.client_secret_ref),
        )
  const transport = HttpTransport.open({ ...config, enable_http2: false }, environment)
  return new OAuth2Source(config, credential, transport, userAgent)
}
