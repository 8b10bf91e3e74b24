import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Host } from './host.js'
import type { TestFlags } from './test/command.js'

/** How a run is reported. */
const reporters = ['pretty', 'tap', 'junit', 'json', 'github'] as const

interface OwnFlags {
  readonly golden?: string
  readonly job?: string
  readonly run?: string
  readonly reporter: TestFlags['reporter']
  readonly junit?: string
  readonly update: boolean
  readonly coverage: boolean
  readonly minCoverage?: number
  readonly bail: boolean
  readonly watch: boolean
}

/** Adds `muster test`, which puts label sets to the rules of a config and compares what becomes of them. */
export function addTestCommand(program: Command, host: Host, done: (code: number) => void): void {
  program
    .command('test')
    .description(
      'Test the relabelling of a config: label sets in, targets out, without network and clock. Test files ' +
        'end in .muster-test.yml; docs/testing-a-config.md has what stands in them. Ends with 0 where all ' +
        'is well, 1 where a test failed or too few rules are covered, 2 where a file cannot be used.',
    )
    .argument('[files...]', 'Test files, and folders to look for them in (default: this folder).')
    .option('--config.file <path>', 'The config to test, in place of those that test files name.')
    .option('--run <regex>', 'Run only cases whose names it matches, anywhere.')
    .addOption(
      new Option('--reporter <name>', 'How the outcome is printed.')
        .choices(reporters)
        .default('pretty'),
    )
    .option('--junit <file>', 'Write it as JUnit XML to a file as well.')
    .option(
      '--update',
      'Write what there is in place of what is expected, and leave the rest.',
      false,
    )
    .option('--coverage', 'Say which rules the cases reach.', false)
    .addOption(
      new Option(
        '--min-coverage <percent>',
        'End with 1 unless this part of the rules changes or drops something: 80%.',
      ).argParser(percentage),
    )
    .option('--bail', 'End at the first failure.', false)
    .option('--watch', 'Run again whenever a file changes, until told to end.', false)
    .option(
      '--golden <file>',
      "Compare with what promtool's check service-discovery printed, in place of test files.",
    )
    .option('--job <name>', 'The job of the golden file, where its targets do not name it.')
    .option('--discovery.mechanism <module>', 'As for the daemon: only its section is read.')
    .action(async (files: readonly string[], _: unknown, command: Command) => {
      const flags = command.opts<OwnFlags>()
      const { test } = await import('./test/command.js')
      // Flags of the daemon stand with the program wherever they are written.
      const isGiven = program.getOptionValueSource('config.file') === 'cli'
      const all = program.opts<Readonly<Record<string, unknown>>>()
      done(
        await test(
          files,
          {
            ...flags,
            golden: flags.golden,
            job: flags.job,
            run: flags.run,
            junit: flags.junit,
            minCoverage: flags.minCoverage,
            configFile: isGiven ? String(all['config.file']) : undefined,
            mechanismModules: all['discovery.mechanism'] as readonly string[],
          },
          host,
        ),
      )
    })
}

/** `80%`, or `80`. @returns a part, from 0 to 1 */
function percentage(text: string): number {
  const [, number] = /^([0-9]+(?:\.[0-9]+)?)%?$/.exec(text) ?? []
  const value = Number(number)
  if (number === undefined || value > 100) {
    throw new InvalidArgumentError('expected a percentage, from 0% to 100%')
  }
  return value / 100
}
