import type { AlertTransport, Answer } from '../../src/notifier/index.js'

/** A post that the test answers. */
export interface ScriptedPost {
  readonly url: string
  readonly body: string
  /** The alerts' label `n`, in order. */
  readonly numbers: readonly string[]
  readonly signal: AbortSignal
  answer(status: number, extra?: Partial<Answer>): void
  fail(error: unknown): void
}

/** A transport whose posts wait until the test answers them, or that answers by itself. */
export interface ScriptedTransport extends AlertTransport {
  readonly posts: readonly ScriptedPost[]
  readonly isClosed: boolean
  /** From now on posts are answered at once: with a status, an error that is thrown, or not at all. */
  reply(how: ((post: ScriptedPost) => number | Error | undefined) | undefined): void
  /** The latest post. */
  last(): ScriptedPost
}

export function scriptedTransport(): ScriptedTransport {
  const posts: ScriptedPost[] = []
  let reply: ((post: ScriptedPost) => number | Error | undefined) | undefined
  let isClosed = false
  return {
    posts,
    get isClosed() {
      return isClosed
    },
    reply(how) {
      reply = how
    },
    last() {
      const post = posts.at(-1)
      if (post === undefined) throw new Error('nothing was posted')
      return post
    },
    post(url, body, signal) {
      return new Promise<Answer>((resolve, reject) => {
        const post: ScriptedPost = {
          url,
          body,
          get numbers() {
            return numbersOf(body)
          },
          signal,
          answer: (status, extra = {}) => resolve({ ...answerOf(status), ...extra }),
          fail: reject,
        }
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
        posts.push(post)
        const replied = reply?.(post)
        if (replied instanceof Error) reject(replied)
        else if (replied !== undefined) post.answer(replied)
      })
    },
    close() {
      isClosed = true
      return Promise.resolve()
    },
  }
}

function answerOf(status: number): Answer {
  return { status, statusLine: String(status), text: '', retryAfter: undefined }
}

function numbersOf(body: string): readonly string[] {
  const alerts = JSON.parse(body) as readonly { readonly labels: Record<string, string> }[]
  return alerts.map(({ labels }) => labels['n'] ?? '')
}
