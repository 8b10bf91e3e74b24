import type { Visits } from './visits.js'

/** Forms with `data-live` answer while one types. */
export function startSearch(visits: Visits): void {
  document.addEventListener('input', (event) => {
    const form = formOf(event)
    if (form !== undefined) void visits.visit(addressOf(form))
  })
  document.addEventListener('submit', (event) => {
    const form = formOf(event)
    if (form === undefined) return
    event.preventDefault()
    void visits.visit(addressOf(form))
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
