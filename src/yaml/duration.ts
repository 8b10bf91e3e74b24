import { formatDuration, parseDuration } from '../go/model-duration.js'
import { textual } from './scalars.js'
import type { Type } from './type.js'

/** A span of time, in milliseconds. */
export const duration: Type<number> = textual('string', () => 0, parseDuration, formatDuration)
