export { anyValue } from './any-value.js'
export {
  checked,
  checkedByKey,
  completed,
  firstAt,
  list,
  map,
  oneOf,
  optional,
} from './collections.js'
export { decodeText } from './decoding.js'
export { Places } from './places.js'
export {
  ConfigError,
  type ConfigIssue,
  formatIssue,
  formatPlace,
  isWithin,
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
  secret,
  text,
  textual,
  uint,
  uint64,
} from './scalars.js'
export { sameConfig } from './same-config.js'
export { Secret } from './secret.js'
export {
  failUnknown,
  type Field,
  field,
  inline,
  struct,
  type StructType,
  type StructValue,
} from './struct.js'
export { nearest } from './suggest.js'
export {
  isNull,
  type ListNode,
  type MapEntry,
  type MapNode,
  type Node,
  type ScalarNode,
} from './tree.js'
export type { Decoding, Plain, Type } from './type.js'
export { bytes, duration } from './units.js'
