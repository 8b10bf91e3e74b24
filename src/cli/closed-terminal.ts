import { closeSync } from 'node:fs'
import { isatty } from 'node:tty'

/**
 * Lets a process end well whose terminal was closed. Node puts terminals back into their first state when it
 * ends, and aborts (SIGABRT) where one is gone; it leaves out file descriptors that are closed.
 * Call it at the start; it closes the descriptors of dead terminals at the end.
 */
export function endWithoutTerminal(process: NodeJS.Process): void {
  const terminals = [0, 1, 2].filter((fd) => isatty(fd))
  process.on('exit', () => {
    for (const fd of terminals) if (!isatty(fd)) closeSync(fd)
  })
}
