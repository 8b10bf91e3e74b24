export { type AskedProvider, askProviders, type AskOptions } from './ask-providers.js'
export { readSnapshotFile, writeSnapshotFile } from './file.js'
export {
  type SectionContent,
  sectionOf,
  SnapshotError,
  type SnapshotEvent,
  type SnapshotHeader,
  type SnapshotManager,
  type SnapshotSection,
} from './format.js'
export { readSnapshot, type SnapshotLimits } from './read.js'
export { type Redaction, redacting } from './redact.js'
export { snapshotSections } from './sections.js'
export { snapshotLines } from './write.js'
