import {
  defer,
  finalize,
  ignoreElements,
  interval,
  map,
  merge,
  NEVER,
  type Observable,
  repeat,
  tap,
  timer,
} from 'rxjs'
import { timerMs } from '../../run/index.js'
import type { Finding } from '../../discovery/mechanism.js'
import { loop } from '../../waiting/loop.js'
import { FolderWatches } from './folder-watches.js'
import { FollowedFiles, type FollowedFilesOptions } from './followed-files.js'
import { PendingScan, type Scan } from './pending-scan.js'
import type { WatchFolder } from './watch.js'

export interface FileFindingsOptions extends FollowedFilesOptions {
  readonly watch: WatchFolder
}

const readEverything: Scan = { kind: 'everything', force: true }

/**
 * What is found in the files that match some patterns: one finding a scan. Everything is scanned at
 * once and at every refresh, a file when the watch of its folder reports a change, and one that could
 * not be read after a while. One scan runs at a time; what is due meanwhile is in the next one.
 *
 * A file that cannot be read keeps its groups; one that is gone loses them.
 */
export function fileFindings(options: FileFindingsOptions): Observable<Finding> {
  const { refreshMs, context, metrics, watch } = options
  const { scheduler, logger } = context
  return defer(() => {
    const files = new FollowedFiles(options)
    const watches = new FolderWatches({ folders: files.folders, watch, logger, metrics })
    const pending = new PendingScan(readEverything)

    const wakeUps = merge(
      interval(timerMs(refreshMs), scheduler).pipe(map(() => readEverything)),
      watches.changes.pipe(map((change) => files.affectedBy(change))),
    ).pipe(
      tap((scan) => pending.add(scan)),
      ignoreElements(),
    )
    const scan = loop<Finding>(async (emit, signal) => {
      const due = pending.take()
      const begun = performance.now()
      if (due.kind === 'everything') await watches.renew(signal)
      const finding = await files.scan(due, signal)
      metrics.scanDuration.observe((performance.now() - begun) / 1000)
      emit(finding)
    })
    /** Emits when what could not be read is due again. */
    const retry = (): Observable<unknown> => {
      if (files.retry === undefined) return NEVER
      const { waitMs, paths } = files.retry
      return timer(waitMs, scheduler).pipe(tap(() => pending.add({ kind: 'files', paths })))
    }
    return merge(wakeUps, scan.pipe(repeat({ delay: () => merge(pending.due, retry()) }))).pipe(
      // The first one is an answer also where there are no files.
      map((finding, i) => (i === 0 ? { groups: [], ...finding } : finding)),
      finalize(() => {
        watches.close()
        files.release()
      }),
    )
  })
}
