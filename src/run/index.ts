export { abortable, untilAborted } from './abortable.js'
export type { Actor } from './actor.js'
export { ActorError, GaveUpError, GroupError, GroupUsageError, OverdueError } from './errors.js'
export type {
  InterruptEvent,
  LifecycleEvent,
  Outcome,
  OverdueEvent,
  ReadyEvent,
  SettleEvent,
  StartEvent,
} from './events.js'
export { Gate } from './gate.js'
export { Group, type GroupOptions } from './group.js'
export { httpServerActor, type HttpServerActorOptions } from './http-server-actor.js'
export { intervalActor, type IntervalActorOptions } from './interval-actor.js'
export type { AddOptions } from './member.js'
export { type Blocker, formatReport, type StopReport } from './report.js'
export { type MainProcess, runMain } from './run-main.js'
export { signalActor, type SignalActorOptions, type SignalSource } from './signal-actor.js'
export { supervise, type RestartEvent, type SuperviseOptions } from './supervise.js'
export {
  type NotifySend,
  type SystemdNotifier,
  systemdNotifier,
  type SystemdNotifierOptions,
} from './systemd-notifier.js'
export { timerMs } from './timer-ms.js'
export {
  NotifyError,
  systemdNotifyCommand,
  type SystemdNotifyCommandOptions,
} from './systemd-notify-command.js'
