import type { Place } from '../../yaml/index.js'

/** A `warning` is very probably a mistake; a `note` is worth knowing, and never fatal. */
export type Level = 'warning' | 'note'

/** What a code found. */
export interface Complaint {
  readonly place: Place
  /** What is wrong, and what to do. */
  readonly message: string
  /** Left out: that of the code. */
  readonly level?: Level
}

/** A complaint as it is shown. */
export interface Finding extends Required<Complaint> {
  /** `M104` */
  readonly code: string
}

/** A file that cannot be used, and why. */
export interface UnusableFile {
  readonly file: string
  /** The reasons, in one or more lines that name the file. */
  readonly reason: string
}
