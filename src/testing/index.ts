export { type FakeSignals, fakeSignals } from './fake-signals.js'
export { type LeakOptions, leaksOf } from './leaks.js'
export { runActor, type RunningActor } from './run-actor.js'
export { type OnInterrupt, type ScriptedActor, scriptedActor } from './scripted-actor.js'
