import { isUtf8 } from 'node:buffer'
import { errorMessage } from '../../telemetry/error-text.js'
import { InvalidGroupsError } from '../../discovery/groups/check-groups.js'
import { type GroupSection, groupSection } from '../kit/group-section.js'
import { readJsonGroup } from '../kit/json-groups.js'
import {
  ConfigError,
  decodeText,
  decodingText,
  hasOddCharacter,
  list,
  optional,
  yamlText,
} from '../../yaml/index.js'
import type { Steps } from '../../waiting/turns.js'
import { jsonElements, placeOf, type Span } from '../kit/json-elements.js'
import { NotInPiecesError, yamlElements } from './yaml-elements.js'

/** One of the two ways to write a file of targets. */
export interface Format {
  /** Where the elements are; from the end of one on, or all of them. */
  elements(bytes: Buffer, after?: number): Iterable<Span>
  /** Reads one element. */
  parse(bytes: Buffer, span: Span, index: number): GroupSection
  /** Reads a file whose elements cannot be read one by one ({@link NotInPiecesError}), in steps. */
  parseWhole(bytes: Buffer, path: string): Steps<readonly GroupSection[]>
}

/** The format of a file, by its name. */
export function formatOf(path: string): Format {
  return /\.json$/i.test(path) ? json : yaml
}

const json: Format = {
  elements: jsonElements,
  parse(bytes, { start, end }, index) {
    const text = bytes.toString('utf8', start, end)
    return readJsonGroup(
      parseJson(text, () => placeOf(bytes, start)),
      index,
      text,
    )
  },
  // oxlint-disable-next-line require-yield -- it has no steps
  *parseWhole(_bytes, path) {
    throw new InvalidGroupsError(`${path}: a JSON list is always in pieces`)
  },
}

function parseJson(text: string, place: () => string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const message = `invalid JSON in the element at ${place()}: ${errorMessage(error)}`
    throw new InvalidGroupsError(message, { cause: error })
  }
}

const groups = list(optional(groupSection))

const yaml: Format = {
  elements: yamlElements,
  parse(bytes, { start, end }) {
    const piece = bytes.subarray(start, end)
    if (!isUtf8(piece)) throw new NotInPiecesError('not UTF-8')
    const text = piece.toString('utf8')
    if (hasOddCharacter(text)) throw new NotInPiecesError('unusual characters')
    const found = inPieces(() => decodeText(groups, '', text))
    const [group, ...others] = found.value
    if (found.issues.length > 0 || group === undefined || others.length > 0) {
      throw new NotInPiecesError('an element is wrong')
    }
    return group
  },
  *parseWhole(bytes, path) {
    const { value, issues, uncollected } = yield* decodingText(groups, path, textOf(path, bytes))
    if (issues.length > 0) {
      throw new InvalidGroupsError(new ConfigError(issues, { uncollected }).message)
    }
    return value.map((group, i) => {
      if (group !== undefined) return group
      throw new InvalidGroupsError(`nil target group item found (index ${String(i)})`)
    })
  },
}

function textOf(path: string, bytes: Buffer): string {
  try {
    return yamlText(path, bytes)
  } catch (cause) {
    throw new InvalidGroupsError(errorMessage(cause), { cause })
  }
}

/** Whatever is wrong with a piece, reading the whole file gives the better error. */
function inPieces<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new NotInPiecesError('an element cannot be read on its own', { cause: error })
  }
}
