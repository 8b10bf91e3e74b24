/** What a key has. */
export interface KeyState {
  /** For the next read: it waits until the key has something else. */
  readonly index: number
  /** Undefined where there is no such key. */
  readonly value: Buffer | undefined
  /** The session that holds the key; empty for none. */
  readonly session: string
}

export interface KeyRead {
  /** The index of the read before, to wait for another state; 0 answers at once. */
  readonly index: number
  /** How long it may wait; milliseconds. */
  readonly waitMs: number
}

/**
 * What an election needs of a store that all replicas share: sessions that end when they are not renewed, and keys that
 * a session can hold. All of these reject when the store does not answer, and with the signal's reason when it aborts.
 */
export interface ElectionStore {
  read(key: string, read: KeyRead, signal: AbortSignal): Promise<KeyState>
  /** @returns its id */
  createSession(signal: AbortSignal): Promise<string>
  /** @returns false when there is no such session any more */
  renewSession(session: string, signal: AbortSignal): Promise<boolean>
  /** Ends a session, and lets go of its keys. */
  endSession(session: string, signal: AbortSignal): Promise<void>
  /**
   * Takes a key for a session and gives it a value; a key that the session holds gets the value.
   * @returns false when another session holds it, or the store gives it to none yet, or the session is over
   */
  acquire(key: string, value: Buffer, session: string, signal: AbortSignal): Promise<boolean>
}
