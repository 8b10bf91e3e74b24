import type { ServerResponse } from 'node:http'
import type { EventFilter } from './filter.js'
import { matches } from './filter.js'
import { printed } from './print.js'
import type { EventLog, NumberedEntry } from './log.js'

/** A comment is sent this often, so that proxies and the server see that the connection lives. */
const heartbeatMs = 15_000

/** A reader this far behind is cut off, in bytes; it comes back with the last number it has seen. */
const maxBehind = 1024 * 1024

/**
 * Sends lines as Server-Sent Events until the client goes: those after a number, then every new one.
 * Resolves when the connection is over; nothing is left behind then.
 */
export function streamEvents(
  outgoing: ServerResponse,
  log: EventLog,
  filter: EventFilter,
  after: number,
): Promise<void> {
  return new Promise((resolve) => {
    const send = (text: string): void => {
      outgoing.write(text)
      if (outgoing.writableLength > maxBehind) outgoing.destroy()
    }
    const tell = (numbered: NumberedEntry): void => {
      if (outgoing.destroyed || !matches(filter, numbered.entry)) return
      send(`id: ${String(numbered.id)}\ndata: ${JSON.stringify(printed(numbered))}\n\n`)
    }
    const heartbeat = setInterval(() => send(':\n\n'), heartbeatMs)
    const subscription = log.written.subscribe({ next: tell, complete: () => outgoing.end() })
    outgoing.once('close', () => {
      clearInterval(heartbeat)
      subscription.unsubscribe()
      resolve()
    })
    send(':\n\n')
    for (const numbered of log.after(after)) tell(numbered)
  })
}
