export { type EventFacts, type EventKind, eventKinds } from './event.js'
export { type EventFilter, matches } from './event-filter.js'
export { EventLog, type EventRange } from './event-log.js'
export { EventRecorder } from './recorder.js'
