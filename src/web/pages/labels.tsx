import type { Labels } from '../../labels/index.js'
import type { Html } from './html.js'
import { Code } from './text.js'

/** No more of one kind are shown of one target. */
const mostShown = 200

/** What became of a label. Said by a sign and a word, never by colour alone. */
export const changes = {
  added: { sign: '+', word: 'added' },
  removed: { sign: '−', word: 'removed' },
  changed: { sign: '~', word: 'changed' },
} as const
type Change = keyof typeof changes

interface ChangedLabel {
  readonly name: string
  readonly change: Change
  readonly before: string | undefined
  readonly after: string | undefined
}

function differences(before: Labels, after: Labels): readonly ChangedLabel[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return names.flatMap((name) => {
    const [old, now] = [before[name], after[name]]
    if (old === now) return []
    const change = old === undefined ? 'added' : now === undefined ? 'removed' : 'changed'
    return [{ name, change, before: old, after: now }]
  })
}

/** What a rule did to labels, a line a label. */
export function Effect({
  before,
  after,
}: {
  readonly before: Labels
  readonly after: Labels
}): Html {
  const all = differences(before, after)
  if (all.length === 0) return <small>changes nothing</small>
  return (
    <ul class="effect">
      {all.slice(0, mostShown).map(({ name, change, before: old, after: now }) => (
        <li class={change}>
          <span aria-hidden="true">{changes[change].sign}</span> {changes[change].word}{' '}
          <Code text={`${name}=${JSON.stringify(now ?? old)}`} />
          {change === 'changed' ? (
            <>
              {' '}
              from <Code text={JSON.stringify(old)} />
            </>
          ) : null}
        </li>
      ))}
      {all.length > mostShown ? <li>and {all.length - mostShown} more</li> : null}
    </ul>
  )
}

/** Both label sets of a target side by side; without the final one only the discovered. */
export function LabelSets(props: {
  readonly discovered: Labels
  readonly final: Labels | undefined
}): Html {
  const { discovered, final = {} } = props
  const names = [...new Set([...Object.keys(final), ...Object.keys(discovered)])].sort()
  return (
    <div class="scroll" role="region" aria-label="Labels" tabindex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Label</th>
            <th scope="col">Discovered</th>
            {props.final === undefined ? null : <th scope="col">After relabelling</th>}
          </tr>
        </thead>
        <tbody>
          {names.slice(0, mostShown).map((name) => (
            <tr>
              <th scope="row">
                <Code text={name} />
              </th>
              <td>{discovered[name] === undefined ? '' : <Code text={discovered[name]} />}</td>
              {props.final === undefined ? null : (
                <td>{final[name] === undefined ? '' : <Code text={final[name]} />}</td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {names.length > mostShown ? <p>and {names.length - mostShown} more labels</p> : null}
    </div>
  )
}

/** `a="b", c="d"`: those that tell a target from its neighbours come first. */
export function labelLine(labels: Labels, telling: ReadonlySet<string>): string {
  const own = Object.entries(labels).filter(([name]) => name !== 'job' && name !== 'instance')
  const sorted = own.sort(([a], [b]) => Number(telling.has(b)) - Number(telling.has(a)))
  return sorted.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ')
}

/** The labels whose values differ between these label sets. */
export function tellingLabels(all: readonly Labels[]): ReadonlySet<string> {
  const names = new Set(all.flatMap((labels) => Object.keys(labels)))
  return new Set([...names].filter((name) => all.some((one) => one[name] !== all[0]?.[name])))
}
