export { type FakeSignals, fakeSignals } from './fake-signals.js'
export { type OnInterrupt, type ScriptedActor, scriptedActor } from './scripted-actor.js'
