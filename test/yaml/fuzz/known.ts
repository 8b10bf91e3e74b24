/** What is otherwise on purpose: docs/differences.md has the reasons. */
export const known: readonly RegExp[] = [
  // promtool takes an address of an Alertmanager that no request can be sent to.
  /^\S+ muster: +FAILED: ".*" is not a valid hostname \/ promtool: SUCCESS/,
  /^\S+ muster: +FAILED: unsupported scheme ".*" \/ promtool: SUCCESS/,
  // Later versions of Prometheus refuse these.
  /^\S+ muster: .* remote write queue \w+ must .* \/ promtool: SUCCESS/,
  // promtool takes any hash, and Prometheus then refuses the user.
  /^\S+ muster: basic_auth_users: the password of .* is not a bcrypt hash \/ promtool: SUCCESS/,
]
