import type { Command, Option } from 'commander'

/** A flag, for completion. */
export interface FlagWords {
  /** `--output`, `-o` */
  readonly names: readonly string[]
  readonly help: string
  /** What its value may be; none where that is not known, or it has no value. */
  readonly values: readonly string[]
  readonly takes: 'nothing' | 'text' | 'file'
}

/** A command, for completion. */
export interface CommandWords {
  /** `check config`; empty for the program itself. */
  readonly path: string
  readonly help: string
  readonly flags: readonly FlagWords[]
  /** The names of its own commands. */
  readonly commands: readonly { readonly name: string; readonly help: string }[]
  /** What its arguments may be. */
  readonly values: readonly string[]
  readonly takesFiles: boolean
}

const fileWords =
  /<(?:path|file|files|folder|module|dir|directory)[.>]|\[(?:file|files|dir|path)[.\]]/i

/** Every command of a program, the program itself first. */
export function commandWords(program: Command): readonly CommandWords[] {
  return [...wordsOf(program, '')]
}

function* wordsOf(command: Command, path: string): Generator<CommandWords> {
  const help = command.createHelp()
  const commands = help.visibleCommands(command).filter((one) => one.name() !== 'help')
  const args = command.registeredArguments
  yield {
    path,
    help: firstSentence(command.description()),
    flags: help.visibleOptions(command).map(flagOf),
    commands: commands.map((one) => ({
      name: one.name(),
      help: firstSentence(one.description()),
    })),
    values: args.flatMap(({ argChoices }) => argChoices ?? []),
    takesFiles: args.some((one) =>
      fileWords.test(one.required ? `<${one.name()}>` : `[${one.name()}]`),
    ),
  }
  for (const one of commands)
    yield* wordsOf(one, path === '' ? one.name() : `${path} ${one.name()}`)
}

function flagOf(option: Option): FlagWords {
  const hasValue = option.required || option.optional
  return {
    names: [option.long, option.short].filter((name) => name !== undefined && name !== null),
    help: firstSentence(option.description),
    values: option.argChoices ?? [],
    // One whose value may be left out does not wait for it.
    takes: !option.required
      ? 'nothing'
      : fileWords.test(option.flags) && hasValue
        ? 'file'
        : 'text',
  }
}

function firstSentence(text: string): string {
  return /^.*?[.;](?= |$)/.exec(text)?.[0].replace(/[.;]$/, '') ?? text
}
