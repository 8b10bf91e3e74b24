import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { vi } from 'vitest'
import { listen } from '../helpers/listen.js'

/** A request as it came, but for what differs between two senders of the same. */
export interface CapturedPost {
  readonly method: string | undefined
  readonly path: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Stands in for an Alertmanager, and writes down what it is sent. */
export interface AlertCapture {
  readonly address: string
  readonly posts: readonly CapturedPost[]
  /** Waits for the first post. */
  first(): Promise<CapturedPost>
}

export async function captureAlerts(
  answer: (post: CapturedPost) => number = () => 200,
): Promise<AlertCapture> {
  const posts: CapturedPost[] = []
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      // These differ with the sender's library, and mean nothing to an Alertmanager.
      const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers
      const post = { method: request.method, path: request.url, headers, body }
      posts.push(post)
      response.writeHead(answer(post)).end()
    })
  })
  const { address } = await listen(server)
  return {
    address,
    posts,
    first: () =>
      vi.waitFor(
        () => {
          const [post] = posts
          if (post === undefined) throw new Error('nothing was posted')
          return post
        },
        { timeout: 25_000, interval: 50 },
      ),
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
