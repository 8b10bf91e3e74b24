import { onContentChange, onSignal, type Trigger } from '../reload/index.js'
import type { Flags } from './flags.js'
import type { Host } from './host.js'

/** What asks for a reload by itself; the web server asks when it is asked. */
export function reloadTriggers(flags: Flags, { signals }: Host): readonly Trigger[] {
  const { 'config.auto-reload': isAutomatic, 'config.auto-reload-interval': everyMs } = flags
  const hup = onSignal(signals, 'SIGHUP')
  return isAutomatic ? [hup, onContentChange({ everyMs })] : [hup]
}
