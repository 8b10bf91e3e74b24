import { asyncScheduler, type SchedulerLike } from 'rxjs'
import { visibleLine } from '../../go/visible.js'
import type { Terminal } from './terminal.js'
import { clipTo } from './width.js'

/** What takes longer than this says how far it is; milliseconds. */
const silentMs = 1000

/** The line is drawn no more often than this; milliseconds. */
const drawnEveryMs = 100

// Back to the start of the line, and what stood there is gone.
const clear = '\r\u001B[2K'

/** Says how far work is: one short line, such as `relabelled 12,000 of 1,000,000 targets`. */
export type Say = (text: string) => void

/**
 * Runs work that may take long, and shows on a terminal how far it is once that has taken a second. The
 * line is gone when the work is done. Where it is no terminal nothing is written.
 *
 * The line is drawn while the work waits for something, and whenever it says something: work that never
 * gives the event loop a turn should say something now and then.
 * @param terminal standard error
 * @param text what is shown until the work says something
 * @throws what the work throws
 */
export async function withProgress<T>(
  terminal: Terminal,
  text: string,
  work: (say: Say) => Promise<T>,
  scheduler: SchedulerLike = asyncScheduler,
): Promise<T> {
  if (!terminal.isTerminal) return await work(() => {})
  const started = scheduler.now()
  let shown = text
  let drawnAt: number | undefined
  const draw = (): void => {
    const now = scheduler.now()
    if (now - started < silentMs) return
    if (drawnAt !== undefined && now - drawnAt < drawnEveryMs) return
    drawnAt = now
    terminal.stream.write(`${clear}${clipTo(visibleLine(shown), terminal.columns - 1)}`)
  }
  const timer = scheduler.schedule(function () {
    draw()
    this.schedule(undefined, drawnEveryMs)
  }, silentMs)
  try {
    return await work((said) => {
      shown = said
      draw()
    })
  } finally {
    timer.unsubscribe()
    if (drawnAt !== undefined) terminal.stream.write(clear)
  }
}
