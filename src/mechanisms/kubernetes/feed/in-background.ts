import type { SchedulerLike, Subscription } from 'rxjs'

/**
 * Does something later, unless the process ends before: what waits does not keep it alive.
 * @param ms milliseconds
 */
export function inBackground(scheduler: SchedulerLike, ms: number, work: () => void): Subscription {
  const action = scheduler.schedule(work, ms)
  // The action of rxjs' own scheduler has the timer of Node; that of a test's clock has none.
  const { id } = action as { readonly id?: { unref?: () => void } | undefined }
  id?.unref?.()
  return action
}
