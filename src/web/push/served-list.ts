import type { ListView } from '../sources.js'

/** A list that can be given, or what is said instead. */
export type ListState =
  | {
      readonly kind: 'ready'
      /** The version of the list, as `ETag`. */
      readonly etag: string
      readonly list: ListView
    }
  /** There is no list now, though there will be: who waits for a change goes on waiting. */
  | { readonly kind: 'missing'; readonly reason: string; readonly retryAfterSeconds: number }
  /** There is no such list. */
  | { readonly kind: 'unknown'; readonly reason: string }

/** A list of targets that consumers ask for again and again, or follow. */
export interface ServedList {
  /** Names the list and its form: two of one key are the same list. */
  readonly key: string
  /** The job whose pool it is made of: the list is looked at again when that pool changes. */
  readonly job: string
  /** What it is now. */
  now(): ListState
}
