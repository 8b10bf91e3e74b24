import { watch } from 'node:fs'

/** What watching a folder tells: of which name in it something happened, where that is known. */
export interface FolderListener {
  changed(name: string | undefined): void
  /** The watch is of no use any more. */
  failed(error: Error): void
}

/**
 * Begins to watch a folder (not what is below its folders).
 * @returns what ends the watch
 * @throws the system's error when it cannot be watched
 */
export type WatchFolder = (folder: string, listener: FolderListener) => () => void

/** Watches with the system's means, inotify on Linux. */
export const watchFolder: WatchFolder = (folder, listener) => {
  const watcher = watch(folder, (_event, name) => listener.changed(name ?? undefined))
  watcher.on('error', (error) => listener.failed(error))
  return () => watcher.close()
}
