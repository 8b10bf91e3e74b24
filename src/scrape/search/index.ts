export { type TargetItem } from './item.js'
export { labelScopes } from './matcher.js'
export { parseQuery, QueryError } from './query.js'
export { rowMarks, rowStates } from './row-list.js'
export { type DiscoveryMarks, type HeldTargets } from './scan.js'
export {
  type FoundTarget,
  SearchBusyError,
  type SearchRequest,
  SearchTimeError,
  TargetSearch,
  type TargetSearchOptions,
} from './target-search.js'
