import type { Command } from 'commander'
import { type CommandWords, commandWords } from './words.js'

/** The completion of a program for a shell, made of its own commands and flags. */
export function completionScript(program: Command, shell: 'bash' | 'zsh' | 'fish'): string {
  const commands = commandWords(program)
  const scripts = { bash, zsh, fish }
  return `${scripts[shell](commands)}\n`
}

/** In single quotes, for bash and zsh. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** `a|b`, each quoted: a pattern of `case`. */
function pattern(texts: readonly string[]): string {
  return texts.map(quoted).join('|')
}

/** The `case` that follows which command is being written; `$cmd` is its path, with a space in front. */
function followsCommands(commands: readonly CommandWords[]): string {
  const paths = commands.filter(({ path }) => path !== '').map(({ path }) => ` ${path}`)
  return `case "$cmd $word" in ${pattern(paths)}) cmd="$cmd $word" ;; esac`
}

/** Flags whose value is the word that follows: it is no command. */
function valueFlags(commands: readonly CommandWords[]): string {
  const flags = commands.flatMap(({ flags: all }) =>
    all.flatMap(({ names, takes }) => (takes === 'nothing' ? [] : names)),
  )
  return pattern([...new Set(flags)])
}

function bash(commands: readonly CommandWords[]): string {
  const values = commands.flatMap(({ path, flags }) =>
    flags.flatMap(({ names, values: words, takes }) => {
      if (takes === 'nothing' && words.length === 0) return []
      const flag = pattern(names.map((name) => `${path === '' ? '' : ` ${path}`} ${name}`))
      if (takes === 'file') return [`    ${flag}) COMPREPLY=($(compgen -f -- "$cur")); return ;;`]
      const list = quoted(words.join(' '))
      return [`    ${flag}) COMPREPLY=($(compgen -W ${list} -- "$cur")); return ;;`]
    }),
  )
  const words = commands.map(({ path, flags, commands: own, values: args, takesFiles }) => {
    const names = flags.flatMap((flag) => flag.names).join(' ')
    const next = [...own.map(({ name }) => name), ...args].join(' ')
    return `    ${quoted(path === '' ? '' : ` ${path}`)}) flags=${quoted(names)} words=${quoted(next)} files=${takesFiles ? '1' : "''"} ;;`
  })
  return `# Completion of muster for bash: source <(muster completion bash)
_muster() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"
  local cmd='' flags='' words='' files='' word='' skip='' i
  COMPREPLY=()
  # bash takes --flag=value for three words.
  if [[ $cur == '=' ]]; then cur=''
  elif [[ $prev == '=' ]]; then prev="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    if [[ $word == '=' ]]; then skip=1; continue; fi
    if [[ -n $skip ]]; then skip=''; continue; fi
    case "$word" in
      ${valueFlags(commands)}) [[ \${COMP_WORDS[i+1]-} == '=' ]] || skip=1; continue ;;
    esac
    ${followsCommands(commands)}
  done
  case "$cmd $prev" in
${values.join('\n')}
  esac
  case "$cmd" in
${words.join('\n')}
  esac
  if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  elif [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$cur"))
  elif [[ -n $files ]]; then COMPREPLY=($(compgen -f -- "$cur"))
  fi
}
complete -o filenames -o bashdefault -F _muster muster`
}

/** A word and what it means, for zsh's `_describe`. */
function described(name: string, help: string): string {
  return quoted(`${name.replaceAll(':', '\\:')}:${help}`)
}

function zsh(commands: readonly CommandWords[]): string {
  const values = commands.flatMap(({ path, flags }) =>
    flags.flatMap(({ names, values: words, takes }) => {
      if (takes === 'nothing' && words.length === 0) return []
      const flag = pattern(names.map((name) => `${path === '' ? '' : ` ${path}`} ${name}`))
      if (takes === 'file') return [`    ${flag}) _files; return ;;`]
      if (words.length === 0) return [`    ${flag}) return ;;`]
      return [`    ${flag}) compadd -- ${words.map(quoted).join(' ')}; return ;;`]
    }),
  )
  const words = commands.map(({ path, flags, commands: own, values: args, takesFiles }) => {
    const all = flags.flatMap(({ names, help }) => names.map((name) => described(name, help)))
    const next = own.map(({ name, help }) => described(name, help))
    return `    ${quoted(path === '' ? '' : ` ${path}`)})
      flags=(${all.join(' ')})
      next=(${next.join(' ')})
      args=(${args.map(quoted).join(' ')})
      files=${takesFiles ? '1' : "''"} ;;`
  })
  return `#compdef muster
# Completion of muster for zsh: muster completion zsh > _muster, in a folder of fpath
_muster() {
  local cur="$words[CURRENT]" prev="$words[CURRENT-1]" cmd='' word='' skip='' files='' i
  local -a flags next args
  if [[ $cur == --*=* ]]; then prev="\${cur%%=*}"; compset -P '*='; fi
  for ((i = 2; i < CURRENT; i++)); do
    word="$words[i]"
    if [[ -n $skip ]]; then skip=''; continue; fi
    case "$word" in ${valueFlags(commands)}) skip=1; continue ;; esac
    ${followsCommands(commands)}
  done
  case "$cmd $prev" in
${values.join('\n')}
  esac
  case "$cmd" in
${words.join('\n')}
  esac
  if [[ $cur == -* ]]; then _describe -o flag flags
  elif (( $#next )); then _describe command next
  elif (( $#args )); then compadd -- $args
  elif [[ -n $files ]]; then _files
  fi
}
if [[ \${funcstack[1]} == _muster ]]; then _muster "$@"; else compdef _muster muster; fi`
}

/** In single quotes, for fish. */
function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

function fish(commands: readonly CommandWords[]): string {
  const lines = commands.flatMap(({ path, flags, commands: own, values, takesFiles }) => {
    const start = `complete -c muster -n ${fishQuoted(`__muster_is ${fishQuoted(path)}`)}`
    return [
      ...own.map(({ name, help }) => `${start} -f -a ${name} -d ${fishQuoted(help)}`),
      ...(values.length === 0 ? [] : [`${start} -f -a ${fishQuoted(values.join(' '))}`]),
      ...(takesFiles ? [`${start} -F`] : [`${start} -f`]),
      ...flags.map(({ names, help, values: words, takes }) => {
        const spelled = names.map((name) =>
          name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
        )
        const value = takes === 'file' ? ' -r -F' : takes === 'text' ? ' -x' : ''
        const choices = words.length === 0 ? '' : ` -a ${fishQuoted(words.join(' '))}`
        return `${start} ${spelled.join(' ')}${value}${choices} -d ${fishQuoted(help)}`
      }),
    ]
  })
  const paths = commands.filter(({ path }) => path !== '').map(({ path }) => fishQuoted(path))
  return `# Completion of muster for fish: muster completion fish | source
function __muster_is -d 'Whether this command of muster is being written'
  set -l cmd
  for word in (commandline -opc)[2..-1]
    contains -- (string join ' ' -- $cmd $word) ${paths.join(' ')}; and set -a cmd $word
  end
  test "$cmd" = "$argv[1]"
end
${lines.join('\n')}`
}
