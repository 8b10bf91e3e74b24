import http from 'node:http'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import {
  createHttpClient,
  type HttpClient,
  type HttpClientConfig,
  httpClientConfig,
} from '../../src/http/index.js'
import { decodeText } from '../../src/yaml/index.js'
import { type Listening, listen } from '../helpers/listen.js'

/** A client section as it would be read from a file. */
export function configOf(yaml: string): HttpClientConfig {
  const { value, issues } = decodeText(httpClientConfig, '/nowhere/p.yml', yaml || '{}')
  if (issues.length > 0) throw new Error(issues.map((issue) => issue.message).join('\n'))
  return value
}

/** A client that is closed when the test is over. */
export function clientOf(yaml: string, environment: NodeJS.ProcessEnv = {}): HttpClient {
  const client = createHttpClient(configOf(yaml), { userAgent: 'muster/test', environment })
  onTestFinished(() => client.close())
  return client
}

/** A folder of files, gone when the test is over. */
export function folder(files: Readonly<Record<string, string>>): string {
  const made = mkdtempSync(path.join(os.tmpdir(), 'muster-http-'))
  onTestFinished(() => {
    rmSync(made, { recursive: true })
  })
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(made, name), text)
  return made
}

/** What a server was asked. */
export interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

/** An HTTP server that answers as told and remembers what it was asked. */
export async function serve(
  answer: (asked: Asked, response: http.ServerResponse, count: number) => void,
  make: (handler: http.RequestListener) => http.Server = (handler) => http.createServer(handler),
): Promise<Listening & { readonly asked: readonly Asked[]; readonly url: string }> {
  const asked: Asked[] = []
  const handler: http.RequestListener = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const one = { method, url, headers, body: Buffer.concat(chunks).toString() }
      asked.push(one)
      answer(one, response, asked.length)
    })
  }
  const server = await listen(make(handler))
  return { ...server, asked, url: `http://${server.address}/` }
}

/** Polls until something holds; for what another process or a socket does in its own time. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  withinMs = 15_000,
): Promise<void> {
  const end = Date.now() + withinMs
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`it did not come to be within ${String(withinMs)} ms`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
