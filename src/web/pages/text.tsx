import type { Child } from 'hono/jsx'
import type { Html } from './html.js'
import { visibleLine, visibleLines } from '../../go/visible.js'

/** No more characters of a text are shown: nothing limits how long a label is. */
const mostCharacters = 300
const mostOfMessage = 4000

/** A text that muster was given: in one line, what is invisible as an escape, and what is too long cut. */
export function Text(props: { readonly text: string; readonly most?: number }): Html {
  const { text, most = mostCharacters } = props
  return text.length > most ? (
    <bdi>
      {visibleLine(cut(text, most))}
      <span class="cut"> … {count(text.length)} characters</span>
    </bdi>
  ) : (
    <bdi>{visibleLine(text)}</bdi>
  )
}

/** The same for an address, a URL or a label. */
export function Code({ text }: { readonly text: string }): Html {
  return (
    <code>
      <Text text={text} />
    </code>
  )
}

/** No browser and no server takes an address that is much longer. */
export const longestAddress = 4000

/** A link to what a text names; only the text where its address would be too long to be followed. */
export function Link(props: { readonly to: string; readonly text: string }): Html {
  if (props.to.length > longestAddress) return <Text text={props.text} />
  return (
    <a href={props.to}>
      <Text text={props.text} />
    </a>
  )
}

/** A message of several lines, what is invisible as an escape. */
export function wrapped(text: string): string {
  const rest = text.length - mostOfMessage
  return rest > 0
    ? `${visibleLines(cut(text, mostOfMessage))} … and ${count(rest)} more characters`
    : visibleLines(text)
}

/** Both halves of a surrogate pair stay together. */
function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/[\ud800-\udbff]$/u, '')
}

/** A whole number as people read it: `94,000`. */
export function count(number: number): string {
  return number.toLocaleString('en-US')
}

/** `1 job`, `2 jobs`. */
export function counted(number: number, noun: string, plural = `${noun}s`): string {
  return `${count(number)} ${number === 1 ? noun : plural}`
}

const units = [
  { ms: 86_400_000, name: 'd' },
  { ms: 3_600_000, name: 'h' },
  { ms: 60_000, name: 'min' },
] as const

/** `5 s`, `3 min`, `2 h`, `4 d`; src/ui/clock.ts says the same as time goes by. */
function span(ms: number): string {
  const unit = units.find((one) => ms >= one.ms)
  return unit === undefined
    ? `${String(Math.floor(ms / 1000))} s`
    : `${String(Math.floor(ms / unit.ms))} ${unit.name}`
}

/** A moment as its distance from now, with the exact time behind it. The script of the page keeps it true. */
export function Time({ at, now }: { readonly at: number; readonly now: number }): Html {
  const exact = new Date(at).toISOString()
  return (
    <time datetime={exact} title={exact}>
      {at > now ? `in ${span(at - now)}` : `${span(now - at)} ago`}
    </time>
  )
}

/** How well something is. Said by a sign and a word, never by colour alone. */
export type Tone = 'good' | 'warn' | 'bad' | 'idle'

const signs: Readonly<Record<Tone, string>> = { good: '✓', warn: '!', bad: '✕', idle: '·' }

export function Badge(props: { readonly tone: Tone; readonly children?: Child }): Html {
  return (
    <span class={`badge ${props.tone}`}>
      <span aria-hidden="true">{signs[props.tone]}</span> {props.children}
    </span>
  )
}

/** A table that scrolls by itself where the window is narrower. */
export function Table(props: {
  readonly label: string
  readonly columns: readonly (string | { readonly name: string; readonly numeric: true })[]
  readonly children?: Child
}): Html {
  return (
    <div class="scroll" role="region" aria-label={props.label} tabindex={0}>
      <table>
        <thead>
          <tr>
            {props.columns.map((column) =>
              typeof column === 'string' ? (
                <th scope="col">{column}</th>
              ) : (
                <th scope="col" class="n">
                  {column.name}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </div>
  )
}
