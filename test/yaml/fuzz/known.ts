/** What is otherwise on purpose: docs/differences.md has the reasons. */
export const known: readonly RegExp[] = [
  // promtool checks targets as well, which Prometheus does when it has the config.
  /^\S+ muster: SUCCESS \/ promtool: instance \d+ in group \d+: no address/,
]
