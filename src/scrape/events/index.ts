export { eventKinds, type EventEntry, type EventFacts, type EventKind } from './event.js'
export { type EventFilter, matches } from './event-filter.js'
export { EventLog, type EventLogOptions, type EventRange } from './event-log.js'
export { EventRecorder, type EventRecorderOptions } from './recorder.js'
