import { goQuote } from '../go/quote.js'
import { nearest } from '../yaml/suggest.js'
import { UsageError } from './flags.js'
import { prometheusFlags } from './prometheus-flags.js'

/** What commander is to know of the program to read its arguments. */
export interface KnownWords {
  readonly commands: readonly string[]
  /** Flags of the daemon without their dashes, each with whether a value follows. */
  readonly flags: ReadonlyMap<string, { readonly takesValue: boolean }>
}

/** A command line, without the flags that muster accepts and does not act on. */
export interface CommandLine {
  readonly args: readonly string[]
  /** Those flags, each once: `--storage.tsdb.path`. */
  readonly unused: readonly string[]
}

const byName = new Map(prometheusFlags.map((flag) => [flag.name, flag]))

/**
 * Takes out of a command line what only Prometheus has a use for, so that a unit file or a manifest of Prometheus runs
 * muster as it is. What follows the name of a command is left as it is.
 * @throws {UsageError} for a flag that muster refuses, and for a word that is not a command
 */
export function readCommandLine(
  args: readonly string[],
  { commands, flags }: KnownWords,
): CommandLine {
  const kept: string[] = []
  const unused = new Set<string>()
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i] ?? ''
    if (!arg.startsWith('-') || arg === '-' || arg === '--') {
      const word = arg === 'help' ? (args[i + 1] ?? arg) : arg
      if (word !== '--' && !commands.includes(word)) throw unknownWord(word, commands)
      kept.push(...args.slice(i))
      break
    }
    const [name, value] = splitFlag(arg)
    if (/^-[^-]./.test(arg) && (flags.has(name) || byName.has(name))) {
      throw new UsageError(`unknown flag -${name}: flags begin with two dashes, --${name}`)
    }
    const own = flags.get(name)
    const foreign = own === undefined ? foreignFlag(name) : undefined
    if (foreign === undefined) {
      if (own === undefined) refuseNearMiss(arg, name, flags)
      kept.push(arg)
      if (own?.takesValue === true && value === undefined && i + 1 < args.length) {
        i += 1
        kept.push(args[i] ?? '')
      }
      continue
    }
    if (foreign.refusal !== undefined && byName.has(name)) {
      throw new UsageError(`--${name}: ${foreign.refusal}`)
    }
    unused.add(`--${name}`)
    let text = value
    if (!foreign.isSwitch && value === undefined) {
      i += 1
      if (i >= args.length) throw new UsageError(`--${name}: a value is missing`)
      text = args[i]
    }
    if (name === 'enable-feature' && text?.split(',').includes('auto-reload-config') === true) {
      kept.push('--config.auto-reload')
    }
  }
  return { args: kept, unused: [...unused] }
}

/** The name and the value of `--name=value`; the value is undefined for `--name`. */
function splitFlag(arg: string): readonly [name: string, value: string | undefined] {
  const at = arg.indexOf('=')
  const name = (at < 0 ? arg : arg.slice(0, at)).replace(/^--?/, '')
  return [name, at < 0 ? undefined : arg.slice(at + 1)]
}

function foreignFlag(name: string): (typeof prometheusFlags)[number] | undefined {
  const negated = name.startsWith('no-') ? byName.get(name.slice(3)) : undefined
  return byName.get(name) ?? (negated?.isSwitch === true ? negated : undefined)
}

/** Names the flag that was probably meant, where commander does not know it. */
function refuseNearMiss(arg: string, name: string, flags: KnownWords['flags']): void {
  if (!arg.startsWith('--') || nearest(name, flags.keys()) !== undefined) return
  const meant = nearest(name, byName.keys())
  if (meant !== undefined) {
    throw new UsageError(`unknown flag --${name}: did you mean --${meant}?`)
  }
}

function unknownWord(word: string, commands: readonly string[]): UsageError {
  const shown = goQuote(word)
  if (/\.ya?ml$/i.test(word)) {
    return new UsageError(
      `${shown} is not a command: give a config as --config.file, or check it with muster check config`,
    )
  }
  const meant = nearest(word, commands)
  const hint =
    meant === undefined ? `the commands are ${commands.join(', ')}` : `did you mean "${meant}"?`
  return new UsageError(`${shown} is not a command: ${hint}`)
}
