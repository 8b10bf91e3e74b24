import { Turn } from '../../waiting/turn.js'

/** How long the making of one body may hold the event loop at a time, in milliseconds. */
const budgetMs = 5

/** Resolves at once while this turn of the event loop has time left, and otherwise in a later turn. */
export type Pause = () => Promise<void>

/**
 * The pauses of one body. Whatever makes a large body awaits one between two steps of its work; this is
 * the only place where the web server gives way to other work.
 */
export function bodyPause(): Pause {
  const turn = new Turn(budgetMs)
  return async () => {
    if (turn.isOver) await turn.next()
  }
}
