import type { Labels } from '../../labels/index.js'
import { PatternError, RelabelWorkError, maxWork, Work } from '../../relabel/index.js'
import { Pattern } from '../../relabel/regex/pattern.js'
import type { RuleStep, RuleSteps } from '../routes/rule-steps.js'
import type { Html } from './html.js'
import { changes, Effect } from './labels.js'
import { Badge, Code, counted } from './text.js'

/** No more labels have a column, no more rules a row; what goes beyond is said in the last column. */
const mostColumns = 10
const mostRows = 100
const groupNumbers = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const

/** What each rule does to each label: a row a rule, a column a label that any of them reads or changes. */
export function RuleTable({ labels, steps }: RuleSteps): Html {
  const by = steps.findIndex(({ keep }) => !keep)
  const run = by === -1 ? steps : steps.slice(0, by + 1)
  const columns = columnsOf(run)
  const shown = columns.slice(0, mostColumns)
  const rest = new Set(columns.slice(mostColumns))
  // For all rows together: what their expressions see is a help, not worth more time than the steps.
  const work = new Work(maxWork)
  const after = by === -1 ? (run.at(-1)?.after ?? labels) : undefined
  return (
    <div class="scroll" role="region" aria-label="Steps" tabindex={0}>
      <table class="steps">
        <thead>
          <tr>
            <th scope="col">Rule</th>
            {shown.map((name) => (
              <th scope="col">
                <Code text={name} />
              </th>
            ))}
            {rest.size === 0 ? null : <th scope="col">Other labels</th>}
          </tr>
        </thead>
        <tbody>
          <Values title="before" labels={labels} shown={shown} hasRest={rest.size > 0} />
          {run.slice(0, mostRows).map((step, i) => (
            <Row step={step} number={i + 1} shown={shown} rest={rest} work={work} />
          ))}
          {after === undefined ? null : (
            <Values title="after" labels={after} shown={shown} hasRest={rest.size > 0} />
          )}
        </tbody>
      </table>
      {run.length > mostRows ? <p>and {counted(run.length - mostRows, 'more rule')}</p> : null}
    </div>
  )
}

/** Those that change come first, in the order of the rules that change them. */
function columnsOf(steps: readonly RuleStep[]): readonly string[] {
  const changed = steps.flatMap(({ before, after, keep }) => {
    if (!keep) return []
    const names = new Set([...Object.keys(before), ...Object.keys(after)])
    return [...names].filter((name) => before[name] !== after[name])
  })
  return [...new Set([...changed, ...steps.flatMap(({ rule }) => sourcesOf(rule))])]
}

function sourcesOf({ source_labels }: RuleStep['rule']): readonly string[] {
  return Array.isArray(source_labels) ? (source_labels as readonly string[]) : []
}

function Values(props: {
  readonly title: string
  readonly labels: Labels
  readonly shown: readonly string[]
  readonly hasRest: boolean
}): Html {
  return (
    <tr>
      <th scope="row">{props.title}</th>
      {props.shown.map((name) => (
        <td>{props.labels[name] === undefined ? '' : <Code text={props.labels[name]} />}</td>
      ))}
      {props.hasRest ? <td></td> : null}
    </tr>
  )
}

function Row(props: {
  readonly step: RuleStep
  readonly number: number
  readonly shown: readonly string[]
  readonly rest: ReadonlySet<string>
  readonly work: Work
}): Html {
  const { step, number, shown, rest, work } = props
  const { rule, place, before, after, keep } = step
  const width = shown.length + (rest.size > 0 ? 1 : 0)
  const head = (
    <th scope="row">
      {String(number)}
      {place === undefined ? null : <small> line {String(place.line)}</small>}
      <br />
      <Code text={ruleLine(rule)} />
      <Reads rule={rule} before={before} work={work} />
    </th>
  )
  if (!keep) {
    return (
      <tr>
        {head}
        <td colspan={Math.max(1, width)}>
          <Badge tone="bad">rule {String(number)} drops</Badge>
        </td>
      </tr>
    )
  }
  return (
    <tr>
      {head}
      {shown.map((name) => (
        <td>
          <Change before={before[name]} after={after[name]} />
        </td>
      ))}
      {rest.size === 0 ? null : (
        <td>
          <Effect before={only(before, rest)} after={only(after, rest)} />
        </td>
      )}
    </tr>
  )
}

function only(labels: Labels, names: ReadonlySet<string>): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => names.has(name)))
}

function Change(props: {
  readonly before: string | undefined
  readonly after: string | undefined
}): Html | null {
  const { before, after } = props
  if (before === after) return null
  const change = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed'
  return (
    <span class={change}>
      <span aria-hidden="true">{changes[change].sign}</span> {changes[change].word}{' '}
      {after === undefined ? null : <Code text={after} />}
    </span>
  )
}

/** What the expression of a rule sees, and what its groups take. */
function Reads(props: {
  readonly rule: RuleStep['rule']
  readonly before: Labels
  readonly work: Work
}): Html | null {
  const { rule, before, work } = props
  const sources = sourcesOf(rule)
  const { regex, separator } = rule
  if (sources.length === 0 || typeof regex !== 'string' || typeof separator !== 'string')
    return null
  const value = sources.map((name) => before[name] ?? '').join(separator)
  const groups = regex === '(.*)' ? [] : groupsIn(regex, value, work)
  return (
    <small>
      <br />
      reads <Code text={JSON.stringify(value)} />
      {groups === undefined ? ': does not match' : null}
      {groups?.map(({ number, text }) => (
        <>
          , ${String(number)} = <Code text={JSON.stringify(text)} />
        </>
      ))}
    </small>
  )
}

/** The groups of an expression that take something; undefined where it does not match. */
function groupsIn(
  regex: string,
  value: string,
  work: Work,
): readonly { readonly number: number; readonly text: string }[] | undefined {
  try {
    const groups = Pattern.compile(regex).capturer(new Set(groupNumbers), work)(value)
    if (groups === undefined) return undefined
    return groupNumbers.flatMap((number) => {
      const text = groups(number)
      return text === undefined || text === '' ? [] : [{ number, text }]
    })
  } catch (error) {
    // The steps are what was asked for; they are there without the groups, too.
    if (error instanceof RelabelWorkError || error instanceof PatternError) return []
    throw error
  }
}

/** A rule in one line, its action first, without what it has by default. */
export function ruleLine({ action, ...rest }: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(rest)
    .filter(([key, value]) => defaults[key] !== value)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
  return [typeof action === 'string' ? action : 'replace', ...parts].join(', ')
}

const defaults: Readonly<Record<string, unknown>> = {
  separator: ';',
  regex: '(.*)',
  replacement: '$1',
}
