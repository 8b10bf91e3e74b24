/**
 * Lets the event loop turn until a condition holds: for what comes from real sockets, processes and
 * files. With fake timers it still works, as long as `setImmediate` is real.
 * @param what names it in the error
 * @throws when it does not hold within the deadline, in milliseconds
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + deadlineMs
  while (!(await condition())) {
    if (performance.now() > deadline)
      throw new Error(`${what}: not within ${String(deadlineMs)} ms`)
    await nextTurn()
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
