export {
  Completeness,
  type CompletenessOptions,
  type CompletenessSources,
  type Missing,
} from './completeness.js'
