import { type Command, Argument } from 'commander'
import type { Host } from './host.js'
import { printScript } from './print.js'

/** Adds `muster completion SHELL`, which prints what a shell needs to complete muster's commands and flags. */
export function addCompletionCommand(program: Command, host: Host): void {
  program
    .command('completion')
    .description(
      'Print a script that completes commands and flags: source <(muster completion bash); ' +
        'muster completion zsh > _muster in a folder of fpath; muster completion fish | source.',
    )
    .addArgument(new Argument('<shell>', 'Whose script.').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { completionScript } = await import('./completion/scripts.js')
      printScript(host.stdout, completionScript(program, shell))
    })
}
