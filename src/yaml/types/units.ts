import { formatBytes, parseBytes } from '../../go/bytes.js'
import { formatDuration, parseDuration } from '../../go/model-duration.js'
import { textual } from './scalars.js'
import type { Type } from './type.js'

/** A span of time, in milliseconds; written as Prometheus writes them: `1h30m`. */
export const duration: Type<number> = textual('string', () => 0, parseDuration, formatDuration)

/** A size, in bytes: `512MB`. */
export const bytes: Type<number> = textual('units.Base2Bytes', () => 0, parseBytes, formatBytes)
