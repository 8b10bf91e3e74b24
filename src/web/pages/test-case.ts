import type { Labels } from '../../labels/index.js'
import type { RuleSteps } from '../routes/rule-steps.js'
import { written } from './label-text.js'

/**
 * A test file for `muster test` that expects what the rules do to these labels. It holds for the rules of the job's
 * config: those of the playground have to be put there first.
 * @param configFile as `--config.file` names it
 */
export function testCase(configFile: string, job: string, { labels, steps }: RuleSteps): string {
  const by = steps.findIndex(({ keep }) => !keep)
  const after = steps.at(-1)?.after ?? labels
  const shown = Object.entries(after).filter(([name]) => !name.startsWith('__'))
  const gone = Object.keys(labels).filter(
    (name) => !name.startsWith('__') && after[name] === undefined,
  )
  const expected =
    by === -1
      ? [
          ...(shown.length === 0 ? [] : [`include: ${flow(Object.fromEntries(shown))}`]),
          ...(gone.length === 0 ? [] : [`absent: [${gone.map(written).join(', ')}]`]),
          ...(shown.length + gone.length === 0 ? ['active: true'] : []),
        ].join(', ')
      : `dropped: {rule: ${String(by + 1)}}`
  const name = by === -1 ? 'is kept with these labels' : `is dropped by rule ${String(by + 1)}`
  return [
    `config_file: ${written(configFile)}`,
    `job: ${written(job)}`,
    'tests:',
    `  - name: ${written(`${labels['__address__'] ?? 'a label set'} ${name}`)}`,
    '    labels:',
    ...Object.entries(labels).map(([label, value]) => `      ${written(label)}: ${written(value)}`),
    `    expect: {${expected}}`,
    '',
  ].join('\n')
}

function flow(labels: Labels): string {
  const entries = Object.entries(labels).map(
    ([name, value]) => `${written(name)}: ${written(value)}`,
  )
  return `{${entries.join(', ')}}`
}
