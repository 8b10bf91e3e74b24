import type { Observable } from 'rxjs'
import type { ZookeeperError } from './errors.js'

/** A znode, as far as it is read. */
export interface Znode {
  /** Its bytes are the message's own, and are not kept. */
  readonly data: Buffer
  /** It belongs to a session, and so it never has children. */
  readonly isEphemeral: boolean
}

/** What came of a read. A read of a znode that is not there is an answer, too. */
export type Answer<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly error: ZookeeperError }

/** A watch fired, which ends it. */
export interface Change {
  readonly kind: 'created' | 'deleted' | 'data' | 'children'
  readonly path: string
}

/**
 * What can be read over one session. Each read leaves a watch, unless it fails or (but for `exists`) finds
 * nothing. Answers and changes come in the order in which the server sent them, each within its own
 * `next`: what a change says was not yet so in the answers before it. After the end of the session there
 * are no answers, and no errors either.
 */
export interface Znodes {
  /** Each of these is sent when it is subscribed to, gives one answer and completes. */
  data(path: string): Observable<Answer<Znode>>
  children(path: string): Observable<Answer<readonly string[]>>
  exists(path: string): Observable<Answer<true>>
  /** The watches that fire, of all who read over this session. */
  readonly changes: Observable<Change>
}
