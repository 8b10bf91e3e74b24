import type { Socket } from 'node:net'

/** Bytes that node's parser gets at a time where a request may begin: some forty requests at most. */
const headLength = 1024

/** Bytes that it gets at a time of a body. */
const bodyLength = 4096

/** Who knows whether a connection's next request may come. */
export interface Pace {
  /** Whether more may be parsed now. */
  readonly wantsMore: boolean
  /** Whether what comes belongs to a body. */
  readonly isInBody: boolean
}

/**
 * Puts itself between an HTTP/1 connection and node's parser, which would make objects of all requests
 * in what was read at once: of thousands that a client pipelines. What follows a request stays in the
 * socket, unread, until the request is answered.
 * @param socket one that node's HTTP server has begun to read; of any other nothing is changed
 * @returns lets the connection go on after an answer
 */
export function paceParsing(socket: Socket, pace: Pace): () => void {
  const [parse] = socket.listeners('data')
  if (parse === undefined) return () => {}
  let isHeld = false
  socket.on('data', (chunk: Buffer) => {
    isHeld = false
    for (let at = 0; at < chunk.length && !socket.destroyed; ) {
      // The body's reader may have paused it, too, and will resume it.
      const mayParse = pace.wantsMore && !socket.isPaused()
      if (!mayParse) {
        isHeld = true
        socket.pause()
        socket.unshift(chunk.subarray(at))
        return
      }
      const end = at + (pace.isInBody ? bodyLength : headLength)
      parse.call(socket, chunk.subarray(at, end))
      at = end
    }
  })
  socket.off('data', parse as (chunk: Buffer) => void)
  return () => {
    if (isHeld) socket.resume()
  }
}
