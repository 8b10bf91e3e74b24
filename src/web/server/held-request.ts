import type { IncomingMessage } from 'node:http'

/** Emitted by a request when its answer begins to wait for a change, and when it goes on; with which of the two. */
export const holdEvent = 'muster:hold'

/**
 * Says that a request waits for something to change, and so keeps no place from others: the connection is counted
 * apart from then on. What makes a request wait has to bound how many of them there are.
 * @param isHeld false when the answer goes on
 */
export function holdRequest(request: IncomingMessage, isHeld: boolean): void {
  request.emit(holdEvent, isHeld)
}
