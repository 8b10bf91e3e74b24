import { getPage, showFault, showPage } from './pages.js'

/** Milliseconds after a keystroke in which another one may come. */
const pauseMs = 250
/** What begins the fragment of an address that has a state in it. */
const prefix = '#s='
const mostCharacters = 64 * 1024

const fieldNames = ['rules', 'labels', 'job'] as const
type State = Readonly<Record<(typeof fieldNames)[number], string>>

/**
 * The playground for rules: the steps follow what one types, and what is in the form is in the fragment of the
 * address, which browsers never send.
 */
export function startTrial(): void {
  const form = document.querySelector<HTMLFormElement>('form[data-trial]')
  if (form === null) return
  let timer: ReturnType<typeof setTimeout> | undefined
  let asked = new AbortController()
  const show = async (what: string): Promise<void> => {
    clearTimeout(timer)
    asked.abort()
    asked = new AbortController()
    const { signal } = asked
    const data = new FormData(form)
    data.set('show', what)
    try {
      const address = await addressOf(stateOf(form))
      const page = await getPage(form.action, signal, data)
      if (signal.aborted) return
      history.replaceState(null, '', address)
      showPage(page)
      showFault(undefined)
    } catch (error) {
      if (!signal.aborted) showFault(error instanceof Error ? error.message : String(error))
    }
  }
  form.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(() => void show('steps'), pauseMs)
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const { submitter } = event
    void show(submitter instanceof HTMLButtonElement ? submitter.value : 'steps')
  })
  const load = async (): Promise<void> => {
    const state = await stateIn(location.hash)
    if (state === undefined) return
    for (const name of fieldNames) fieldOf(form, name).value = state[name]
    await show('steps')
  }
  addEventListener('hashchange', () => void load())
  void load()
}

function fieldOf(form: HTMLFormElement, name: string): HTMLInputElement | HTMLTextAreaElement {
  const field = form.elements.namedItem(name)
  if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) return field
  throw new Error(`the form has no field ${name}`)
}

function stateOf(form: HTMLFormElement): State {
  const [rules, labels, job] = fieldNames.map((name) => fieldOf(form, name).value)
  return { rules: rules ?? '', labels: labels ?? '', job: job ?? '' }
}

/** The address of the page with what is in the form. */
async function addressOf(state: State): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(state))
  const packed = await piped(bytes, new CompressionStream('deflate-raw'), Infinity)
  const text = Array.from(packed, (byte) => String.fromCharCode(byte)).join('')
  const base64 = btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  return `${location.pathname}${prefix}${base64}`
}

/** What a fragment has in it; undefined where it is another one. */
async function stateIn(hash: string): Promise<State | undefined> {
  if (!hash.startsWith(prefix)) return undefined
  try {
    const base64 = hash.slice(prefix.length).replaceAll('-', '+').replaceAll('_', '/')
    const packed = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    const bytes = await piped(packed, new DecompressionStream('deflate-raw'), mostCharacters)
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (!isState(value)) throw new Error('it has no rules and labels')
    return value
  } catch {
    showFault('the address is cut off or changed: what was shared is not in it')
    return undefined
  }
}

function isState(value: unknown): value is State {
  if (typeof value !== 'object' || value === null) return false
  return fieldNames.every((name) => typeof (value as Record<string, unknown>)[name] === 'string')
}

/** All that comes out of a stream. @throws when it is more than `most` bytes */
async function piped(
  bytes: Uint8Array<ArrayBuffer>,
  through: CompressionStream | DecompressionStream,
  most: number,
): Promise<Uint8Array> {
  const reader = new Blob([bytes]).stream().pipeThrough(through).getReader()
  const parts: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.length
    if (length > most) {
      await reader.cancel()
      throw new Error('it is too long')
    }
    parts.push(value)
  }
  const all = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
