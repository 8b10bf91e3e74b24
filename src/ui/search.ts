import { getPage, showFault, showPage } from './pages.js'

/**
 * Forms with `data-live` answer while one types. One question is under way at a time: a key that is pressed meanwhile
 * asks again once it is answered, so that what is shown is never further behind than one answer. The address of the page
 * follows, so it can be handed on.
 */
export function startSearch(): void {
  let asked: string | undefined
  let isAsking = false
  const find = async (form: HTMLFormElement): Promise<void> => {
    const wanted = addressOf(form)
    asked = wanted
    if (isAsking) return
    isAsking = true
    try {
      // Typing may go on while muster answers.
      while (asked !== undefined) {
        const url: string = asked
        asked = undefined
        await show(url)
      }
    } finally {
      isAsking = false
    }
  }
  document.addEventListener('input', (event) => {
    const form = formOf(event)
    if (form !== undefined) void find(form)
  })
  document.addEventListener('submit', (event) => {
    const form = formOf(event)
    if (form === undefined) return
    event.preventDefault()
    void find(form)
  })
}

async function show(url: string): Promise<void> {
  try {
    const page = await getPage(url, new AbortController().signal)
    history.replaceState(null, '', url)
    showPage(page)
    showFault(undefined)
  } catch (error) {
    showFault(error instanceof Error ? error.message : String(error))
  }
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
