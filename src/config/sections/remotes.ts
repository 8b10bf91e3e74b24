import type { NameScheme } from '../../relabel/index.js'
import { goQuote } from '../../go/quote.js'
import type { ConfigIssues } from '../config-issues.js'
import { checkRules } from './relabel-rules.js'
import type { Sections } from './config-file.js'

/** Checks what remote write and remote read sections say together. */
export function checkRemotes(main: Sections, scheme: NameScheme, issues: ConfigIssues): void {
  refuseDuplicates(main.remote_write, 'remote write', issues)
  refuseDuplicates(main.remote_read, 'remote read', issues)
  for (const remote of main.remote_write) {
    checkRules(remote.write_relabel_configs, scheme, issues)
  }
}

function refuseDuplicates(
  remotes: readonly { readonly name: string }[],
  what: string,
  issues: ConfigIssues,
): void {
  const names = new Set<string>()
  for (const remote of remotes) {
    if (names.has(remote.name) && remote.name !== '') {
      const message = `found multiple ${what} configs with job name ${goQuote(remote.name)}`
      issues.add(remote, 'name', message)
    }
    names.add(remote.name)
  }
}
