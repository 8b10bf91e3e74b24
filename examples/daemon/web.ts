import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Prepared, Reloadable, ReloadResult } from 'muster-sd/reload'
import { formatReasons } from 'muster-sd/reload'
import type { Queue } from './queue.js'
import type { Settings } from './settings.js'

/** The largest job that a client may post. */
const maxJobBytes = 10_000

/** What the daemon answers over HTTP. */
export class Web implements Reloadable<Settings> {
  readonly name = 'web'
  readonly #queue: Queue
  readonly #reload: () => Promise<ReloadResult>
  #greeting = ''

  constructor(queue: Queue, reload: () => Promise<ReloadResult>) {
    this.#queue = queue
    this.#reload = reload
  }

  prepare({ greeting }: Settings): Prepared {
    return {
      changes: greeting === this.#greeting ? [] : [`greets with "${greeting}"`],
      commit: () => {
        this.#greeting = greeting
      },
      discard() {},
    }
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    switch (`${request.method ?? ''} ${request.url ?? ''}`) {
      case 'GET /':
        response.end(`${this.#greeting}\n`)
        return
      case 'GET /queue':
        response.end(`${JSON.stringify(this.#queue.counts)}\n`)
        return
      case 'POST /jobs':
        this.#queue.push(await body(request))
        response.writeHead(202).end()
        return
      case 'POST /reload': {
        const { ok, reasons } = await this.#reload()
        response.writeHead(ok ? 200 : 500).end(`${ok ? 'reloaded' : formatReasons(reasons)}\n`)
        return
      }
      default:
        response.writeHead(404).end()
    }
  }
}

async function body(request: IncomingMessage): Promise<string> {
  request.setEncoding('utf8')
  let text = ''
  for await (const chunk of request) {
    text += String(chunk)
    if (text.length > maxJobBytes) throw new Error('the job is too large')
  }
  return text
}
