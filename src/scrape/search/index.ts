export type { TargetItem } from './item.js'
export { labelScopes } from './matcher.js'
export { parseQuery, QueryError } from './query.js'
export { rowMarks, rowStates } from './row-list.js'
export type { DiscoveryMarks } from './scan.js'
export {
  SearchBusyError,
  type SearchRequest,
  SearchTimeError,
  TargetSearch,
  type TargetSearchOptions,
} from './target-search.js'
