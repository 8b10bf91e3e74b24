import type { NameScheme } from '../relabel/index.js'
import { goQuote } from '../go/quote.js'
import type { Findings } from './findings.js'
import { checkRules } from './relabel-rules.js'
import type { Sections } from './sections.js'

/** Checks what remote write and remote read sections say together. */
export function checkRemotes(main: Sections, scheme: NameScheme, findings: Findings): void {
  refuseDuplicates(main.remote_write, 'remote write', findings)
  refuseDuplicates(main.remote_read, 'remote read', findings)
  for (const remote of main.remote_write) {
    checkRules(remote.write_relabel_configs, scheme, findings)
  }
}

function refuseDuplicates(
  remotes: readonly { readonly name: string }[],
  what: string,
  findings: Findings,
): void {
  const names = new Set<string>()
  for (const remote of remotes) {
    if (names.has(remote.name) && remote.name !== '') {
      const message = `found multiple ${what} configs with job name ${goQuote(remote.name)}`
      findings.add(remote, 'name', message)
    }
    names.add(remote.name)
  }
}
