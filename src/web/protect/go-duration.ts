import { parseGoDuration } from '../../go/duration.js'
import { textual, type Type } from '../../yaml/index.js'

/** Milliseconds, written as Go's time.Duration. */
export const goDuration: Type<number> = textual(
  'time.Duration',
  () => 0,
  parseGoDuration,
  (ms) => `${String(ms)}ms`,
)
