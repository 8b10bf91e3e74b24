export { anyValue } from './types/any-value.js'
export {
  checked,
  checkedByKey,
  completed,
  firstAt,
  list,
  type ListType,
  map,
  oneOf,
  optional,
} from './types/collections.js'
export { type Decoded, decodeText, decodingText } from './decoding.js'
export { fragment } from './types/fragment.js'
export { Places } from './places.js'
export {
  ConfigError,
  type ConfigIssue,
  formatIssue,
  formatPlace,
  pathsAround,
  type Place,
  soundKeys,
} from './issue.js'
export {
  bool,
  failType,
  filePath,
  float,
  int,
  namedText,
  numberOf,
  secret,
  text,
  textual,
  uint,
  uint64,
} from './types/scalars.js'
export { sameConfig } from './same-config.js'
export { Secret } from './types/secret.js'
export {
  failTwice,
  failUnknown,
  type Field,
  field,
  inline,
  struct,
  type StructType,
  type StructValue,
} from './types/struct.js'
export { nearest } from './suggest.js'
export {
  type EntrySpan,
  type MapSpan,
  parseSpans,
  type ScalarSpan,
  type SpanNode,
} from './tree/spans.js'
export {
  isNull,
  type ListNode,
  type MapEntry,
  type MapNode,
  type Node,
  type ScalarNode,
} from './tree/tree.js'
export type {
  Decoding,
  Filling,
  Fragment,
  Plain,
  ReadFragment,
  SecretsAs,
  Type,
} from './types/type.js'
export { bytes, duration } from './types/units.js'
export { didYouMean } from './suggest.js'
export { hasOddCharacter, yamlText } from './text.js'
