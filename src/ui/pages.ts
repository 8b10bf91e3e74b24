import { morph } from './morph.js'

/**
 * Gets a page of this server as a document. Scripts in it never run. An XMLHttpRequest reads it, since that is
 * the one way from HTML to a document that needs no exception from the Content-Security-Policy.
 */
export function getPage(url: string, signal: AbortSignal, body?: FormData): Promise<Document> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open(body === undefined ? 'GET' : 'POST', url)
    request.responseType = 'document'
    request.timeout = 30_000
    request.addEventListener('load', () => {
      if (request.response instanceof Document) resolve(request.response)
      else reject(new Error(`${String(request.status)} ${request.statusText}`))
    })
    request.addEventListener('error', () => reject(new Error('muster does not answer')))
    request.addEventListener('timeout', () => reject(new Error('muster does not answer in time')))
    request.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')))
    signal.addEventListener('abort', () => request.abort())
    request.send(body === undefined ? null : new URLSearchParams(textsOf(body)))
  })
}

function textsOf(data: FormData): [string, string][] {
  return [...data].flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as [string, string]] : [],
  )
}

/** What the document says after another page was shown. */
export const shownEvent = 'muster-shown'

/** Shows what another page has in its `main`, without moving what is the same. */
export function showPage(page: Document): void {
  const [from, to] = [document.querySelector('main'), page.querySelector('main')]
  if (from === null || to === null) throw new Error('muster gave something else than a page')
  // What was found before stays in sight while a query is wrong.
  const fault = to.querySelector('#query-fault[data-fault=true]')
  const slot = from.querySelector('#query-fault')
  if (fault !== null && slot !== null) {
    morph(slot, fault)
    return
  }
  morph(from, to)
  document.title = page.title
  document.dispatchEvent(new Event(shownEvent))
}

/** Says at the top of the page that what is shown is old; nothing when it is not. */
export function showFault(message: string | undefined): void {
  const tools = document.querySelector('#tools')
  const shown = tools?.querySelector('.fault')
  if (message === undefined) {
    shown?.remove()
    return
  }
  const fault = shown ?? document.createElement('span')
  fault.className = 'badge bad fault'
  fault.setAttribute('role', 'status')
  fault.textContent = `✕ ${message}`
  if (shown === null || shown === undefined) tools?.prepend(fault)
}
