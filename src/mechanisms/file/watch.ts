import { watch } from 'node:fs'
import { Observable } from 'rxjs'

/**
 * Watches a folder, not what is below its folders. Subscribing begins the watch, unsubscribing ends
 * it. Emits the name of what changed in the folder, or undefined where the system does not say. Errors
 * at once when the folder cannot be watched, and later when the watch breaks.
 */
export type WatchFolder = (folder: string) => Observable<string | undefined>

/** Watches with the system's means, inotify on Linux. */
export const watchFolder: WatchFolder = (folder) =>
  new Observable((subscriber) => {
    const watcher = watch(folder, (_event, name) => subscriber.next(name ?? undefined))
    watcher.on('error', (error) => subscriber.error(error))
    return () => watcher.close()
  })
