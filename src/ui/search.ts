import { getPage, showFault, showPage } from './pages.js'

/** Milliseconds after a keystroke in which another one may come. */
const pauseMs = 60

/** Forms with `data-live` answer while one types. The address of the page follows, so it can be handed on. */
export function startSearch(): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let asked = new AbortController()
  const find = async (form: HTMLFormElement): Promise<void> => {
    clearTimeout(timer)
    asked.abort()
    asked = new AbortController()
    const { signal } = asked
    const url = addressOf(form)
    try {
      const page = await getPage(url, signal)
      if (signal.aborted) return
      history.replaceState(null, '', url)
      showPage(page)
      showFault(undefined)
    } catch (error) {
      if (!signal.aborted) showFault(error instanceof Error ? error.message : String(error))
    }
  }
  document.addEventListener('input', (event) => {
    const form = formOf(event)
    if (form === undefined) return
    clearTimeout(timer)
    timer = setTimeout(() => void find(form), pauseMs)
  })
  document.addEventListener('submit', (event) => {
    const form = formOf(event)
    if (form === undefined) return
    event.preventDefault()
    void find(form)
  })
}

/** The page that a form leads to; fields that are empty are left out. */
function addressOf(form: HTMLFormElement): string {
  const url = new URL(form.action)
  url.search = ''
  url.hash = ''
  for (const [name, value] of new FormData(form)) {
    if (typeof value === 'string' && value !== '') url.searchParams.append(name, value)
  }
  return url.href
}

/** The live form that an event comes from. */
function formOf(event: Event): HTMLFormElement | undefined {
  const form = event.target instanceof Element ? event.target.closest('form') : null
  return form?.hasAttribute('data-live') === true ? form : undefined
}
