import { type Command, Option } from 'commander'
import { formatDuration } from '../go/model-duration.js'
import { parseLint, parseRulesLint } from './check/lint.js'
import { outputOn } from './check/output.js'
import { milliseconds, positiveDuration } from './flags.js'
import type { Host } from './host.js'
import { print } from './print.js'
import { defaultUrl, type ServerFlags } from './server-flags.js'

interface ConfigFlags {
  readonly syntaxOnly: boolean
  readonly lint: string
  readonly lintFatal: boolean
  readonly ignoreUnknownFields: boolean
  readonly agent: boolean
  readonly 'allocator.config.file'?: string
  /** Empty, or left out, for none. */
  readonly 'discovery.chains.file'?: string
  readonly 'query.lookbackDelta': number
  readonly 'discovery.mechanism': readonly string[]
}

type RulesFlags = Pick<ConfigFlags, 'lint' | 'lintFatal' | 'ignoreUnknownFields'>

interface DiscoveryFlags {
  /** Milliseconds. */
  readonly timeout: number
  readonly waitFull: boolean
  readonly explain: boolean
  readonly 'discovery.mechanism': readonly string[]
}

interface AskFlags extends ServerFlags {
  /** Milliseconds. */
  readonly timeout: number
  readonly providers?: boolean
}

const defaultLookbackMs = 300_000
const defaultTimeoutMs = 10_000
const defaultDiscoveryMs = 30_000

/** Adds `muster check …`, with promtool's flags, output and exit codes. */
export function addCheckCommands(
  program: Command,
  host: Host,
  userAgent: string,
  done: (code: number) => void,
): void {
  const check = program
    .command('check')
    .description('Check files without running anything, or whether a running server is well.')
    .addOption(
      new Option('--query.lookback-delta <duration>', 'Scrape intervals from here on are too long.')
        .argParser(milliseconds)
        .default(defaultLookbackMs, formatDuration(defaultLookbackMs)),
    )
  check
    .command('config')
    .description(
      'Check config files, the files they include, and the targets that need no server. ' +
        'Of rule files only the shape is checked, not the expressions.',
    )
    .argument('<files...>', 'The config files to check.')
    .option('--syntax-only', 'Look at nothing but the config files.', false)
    .option(
      '--lint <list>',
      'What else to look for: all, none, duplicate-rules, too-long-scrape-interval; ' +
        'muster or M101,... for what muster lint finds.',
      'duplicate-rules',
    )
    .option('--lint-fatal', 'End with 3 when that finds something.', false)
    .option('--ignore-unknown-fields', 'Take rule files with unknown keys.', false)
    .option('--agent', 'Check for the agent mode of Prometheus.', false)
    .option('--allocator.config.file <path>', 'Check this file of the allocator as well.')
    .option(
      '--discovery.chains.file <path>',
      'Check this file of chains too, against the jobs of each config file.',
    )
    .action(async (files: readonly string[], _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ConfigFlags>()
      const output = outputOn(host.stdout, host.stderr)
      const { lint, unknown } = parseLint(flags.lint)
      for (const word of unknown) output.out(`WARNING: unknown lint option: "${word}"`)
      const { mechanismsOf } = await import('./mechanism-modules.js')
      const mechanisms = await mechanismsOf(flags, host, userAgent)
      const { checkConfigs } = await import('./check/check-config.js')
      done(
        await checkConfigs(
          files,
          {
            mechanisms,
            env: host.env,
            agent: flags.agent,
            chainsFile: flags['discovery.chains.file'] || undefined,
            syntaxOnly: flags.syntaxOnly,
            lint,
            lintIsFatal: flags.lintFatal,
            ignoreUnknownFields: flags.ignoreUnknownFields,
            lookbackMs: flags['query.lookbackDelta'],
            allocatorFile: flags['allocator.config.file'] || undefined,
          },
          output,
        ),
      )
    })
  check
    .command('rules')
    .description(
      'Check the shape of rule files: keys, names, labels, durations, duplicates. ' +
        'Expressions and templates are not checked; use promtool check rules for those.',
    )
    .argument('[files...]', 'The rule files to check; left out: standard input.')
    .option(
      '--lint <list>',
      'What else to look for: all, none, duplicate-rules.',
      'duplicate-rules',
    )
    .option('--lint-fatal', 'End with 3 when that finds something.', false)
    .option('--ignore-unknown-fields', 'Take rule files with unknown keys.', false)
    .action(async (files: readonly string[], flags: RulesFlags) => {
      const output = outputOn(host.stdout, host.stderr)
      const { lint, unknown } = parseRulesLint(flags.lint)
      for (const word of unknown) output.out(`WARNING: unknown lint option: "${word}"`)
      const { checkRuleFiles, standardInput } = await import('./check/rule-files.js')
      const { checkExitCode } = await import('./check/verdict.js')
      const named = files.length === 0 ? [standardInput] : files
      const { ignoreUnknownFields } = flags
      const result = await checkRuleFiles(named, { lint, ignoreUnknownFields }, output)
      done(checkExitCode(result, flags.lintFatal))
    })
  check
    .command('service-discovery')
    .description(
      'Discover the targets of one job, and show what its rules make of them. ' +
        'Ends as soon as every provider has answered: with 0, or with 1 where one did not in time.',
    )
    .argument('<config>', 'The config file.')
    .argument('<job>', 'The name of the job.')
    .addOption(
      new Option('--timeout <duration>', 'How long it may take.')
        .argParser(positiveDuration)
        .default(defaultDiscoveryMs, formatDuration(defaultDiscoveryMs)),
    )
    .option('--wait-full', 'Take all of that time, as promtool does.', false)
    .option('--explain', 'Say of a dropped target which rule dropped it.', false)
    .action(async (file: string, job: string, _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<DiscoveryFlags>()
      const { mechanismsOf } = await import('./mechanism-modules.js')
      const mechanisms = await mechanismsOf(flags, host, userAgent)
      const { checkServiceDiscovery } = await import('./check/service-discovery.js')
      const { documentText } = await import('./terminal/document.js')
      const { terminalOf } = await import('./terminal/terminal.js')
      const { withProgress } = await import('./terminal/progress.js')
      const output = outputOn(host.stdout, host.stderr)
      const waiting = `waiting for the providers of ${job}`
      const code = await withProgress(terminalOf(host.stderr, host.env), waiting, () =>
        checkServiceDiscovery(
          file,
          job,
          {
            mechanisms,
            env: host.env,
            timeoutMs: flags.timeout,
            waitsFull: flags.waitFull,
            explains: flags.explain,
          },
          output,
          (found) => {
            print(host.stdout, documentText(found, 'json'))
          },
        ),
      )
      done(code)
    })
  check
    .command('web-config')
    .description('Check files of --web.config.file, and the certificates and hashes they name.')
    .argument('<files...>', 'The web config files to check.')
    .action(async (files: readonly string[]) => {
      const { checkWebConfigs } = await import('./check/web-config.js')
      done(checkWebConfigs(files, outputOn(host.stdout, host.stderr)))
    })
  for (const state of ['healthy', 'ready'] as const) {
    const asking = check.command(state)
    if (state === 'ready') {
      asking.option('--providers', 'Also whether every provider has answered; for a muster.', false)
    }
    asking
      .description(`Ask a running muster, or Prometheus, whether it is ${state}.`)
      .option('--url <url>', 'Where it listens, with its route prefix.', defaultUrl)
      .option('--http.config.file <path>', 'How to connect: TLS, credentials, as in promtool.')
      .addOption(
        new Option('--timeout <duration>', 'How long it may take to answer.')
          .argParser(positiveDuration)
          .default(defaultTimeoutMs, formatDuration(defaultTimeoutMs)),
      )
      .action(async (_: unknown, command: Command) => {
        const flags = command.opts<AskFlags>()
        const { serverClient } = await import('./server-client.js')
        const { checkProviders, checkServer } = await import('./check/server.js')
        const client = await serverClient(flags, host, userAgent)
        const output = outputOn(host.stdout, host.stderr)
        try {
          const { url, timeout, providers = false } = flags
          const code = await checkServer(client, url, state, timeout, output)
          done(code === 0 && providers ? await checkProviders(client, url, timeout, output) : code)
        } finally {
          await client.close()
        }
      })
  }
}
