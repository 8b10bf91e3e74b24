import type { Actor } from './actor.js'

/**
 * Work that ends when its AbortSignal says so, as an actor. The interrupt's reason becomes the
 * signal's reason. After the interrupt a rejection with that reason, or with an `AbortError`, is a
 * good end: it is how such work obeys.
 */
export function abortable(name: string, work: (signal: AbortSignal) => Promise<void>): Actor {
  const controller = new AbortController()
  const { signal } = controller
  return {
    name,
    async execute() {
      try {
        await work(signal)
      } catch (error) {
        if (!signal.aborted || !isAbort(error, signal)) throw error
      }
    },
    interrupt(reason) {
      controller.abort(reason)
    },
  }
}

/** An actor that ends when a signal from outside aborts: binds a group to a scope around it. */
export function untilAborted(name: string, parent: AbortSignal): Actor {
  return abortable(name, async (interrupted) => {
    if (parent.aborted || interrupted.aborted) return
    await new Promise<void>((resolve) => {
      const settle = (): void => resolve()
      // The interrupt also takes the listener off the parent, which may outlive many groups.
      parent.addEventListener('abort', settle, { once: true, signal: interrupted })
      interrupted.addEventListener('abort', settle, { once: true })
    })
  })
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError')
}
