import {
  createHttpClient,
  type HttpClient,
  type HttpClientConfig,
  type HttpRequest,
  type HttpResponse,
  type HttpStream,
  type HttpStreamRequest,
} from '../../../http/index.js'
import { Secret } from '../../../yaml/index.js'
import type { AccessOptions } from './reached.js'
import type { ExecCredentials } from './exec-credentials.js'

type Certificate = { readonly cert: string; readonly key: string } | undefined

/** A client whose certificate a program makes: with a new certificate come new connections. */
export class ExecClient implements HttpClient {
  readonly #http: HttpClientConfig
  readonly #options: AccessOptions
  readonly #credentials: ExecCredentials
  #current: { readonly certificate: Certificate; readonly client: HttpClient } | undefined
  /** That of the certificate before, on which watches may still go on. */
  #before: HttpClient | undefined

  constructor(http: HttpClientConfig, options: AccessOptions, credentials: ExecCredentials) {
    this.#http = http
    this.#options = options
    this.#credentials = credentials
  }

  async request(request: HttpRequest): Promise<HttpResponse> {
    return await (await this.#client(request.signal)).request(request)
  }

  async stream(request: HttpStreamRequest): Promise<HttpStream> {
    return await (await this.#client(request.signal)).stream(request)
  }

  async close(): Promise<void> {
    await Promise.all([this.#current?.client.close(), this.#before?.close()])
  }

  async #client(signal: AbortSignal | undefined): Promise<HttpClient> {
    const { certificate } = await this.#credentials.get(false, signal)
    if (this.#current !== undefined && isSame(this.#current.certificate, certificate)) {
      return this.#current.client
    }
    const old = this.#before
    this.#before = this.#current?.client
    const client = this.#clientWith(certificate)
    this.#current = { certificate, client }
    await old?.close()
    return client
  }

  #clientWith(certificate: Certificate): HttpClient {
    const { tls_config: tls } = this.#http
    return createHttpClient(
      certificate === undefined
        ? this.#http
        : {
            ...this.#http,
            tls_config: {
              ...tls,
              cert: certificate.cert,
              cert_file: '',
              key: new Secret(certificate.key),
              key_file: '',
            },
          },
      this.#options,
    )
  }
}

function isSame(a: Certificate, b: Certificate): boolean {
  return a?.cert === b?.cert && a?.key === b?.key
}
