export {
  Completeness,
  type CompletenessOptions,
  type CompletenessSources,
  type Missing,
} from './completeness.js'
export { FileSdError } from './errors.js'
export {
  type FiledJob,
  type FiledPool,
  FileSdOutput,
  type FileSdOutputOptions,
} from './file-sd-output.js'
export { type FileText, GroupGatherer, type PlainGroup } from './group-gatherer.js'
export { ownFolder, TargetFile } from './target-file.js'
