import type { Command } from 'commander'
import type { Host } from './host.js'

/** Adds `muster check …`. */
export function addCheckCommands(
  program: Command,
  _host: Host,
  _done: (code: number) => void,
): void {
  program.command('check').description('Check files without running anything.')
}
