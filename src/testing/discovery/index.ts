export { FakeClock } from './fake-clock.js'
export { type HandDiscoverer, handDiscoverer } from './hand-discoverer.js'
export { type LoggedLine, recordingLogger } from './recording-logger.js'
export { type TestContext, testContext } from './test-context.js'
