import { getPage, showFault, showPage } from './pages.js'

/** News is shown together after this many milliseconds. */
const togetherMs = 300

/**
 * Follows events while the page is looked at, and only then: a browser has six connections to a server.
 * With the switch off, or scrolled down, nothing moves; how many events have come is counted, and shown when asked for.
 */
export function startEvents(tools: Element): void {
  if (newsUrl() === undefined) return
  const { label, box } = liveSwitch()
  const more = document.createElement('button')
  more.hidden = true
  tools.append(more, label)
  let source: EventSource | undefined
  let unseen = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const show = async (): Promise<void> => {
    const { href } = location
    try {
      const page = await getPage(href, new AbortController().signal)
      unseen = 0
      more.hidden = true
      if (location.href === href) showPage(page)
      showFault(undefined)
    } catch (error) {
      showFault(error instanceof Error ? error.message : String(error))
    }
  }
  const news = (): void => {
    unseen += 1
    if (box.checked && scrollY === 0) {
      timer ??= setTimeout(() => {
        timer = undefined
        void show()
      }, togetherMs)
      return
    }
    more.hidden = false
    more.textContent = `${String(unseen)} new: show`
  }
  let followed: string | undefined
  const follow = (): void => {
    const url = document.hidden ? undefined : newsUrl()
    const filter = url?.replace(/[?&]after=\d+/, '')
    if (filter === followed && source?.readyState !== EventSource.CLOSED) return
    source?.close()
    followed = filter
    source = url === undefined ? undefined : new EventSource(url)
    source?.addEventListener('message', news)
    source?.addEventListener('lost', news)
  }
  follow()
  document.addEventListener('visibilitychange', () => {
    follow()
    if (!document.hidden && box.checked) void show()
  })
  // The filter of the page may be another one now; where all streams are taken, muster is asked again.
  setInterval(follow, 5000)
  more.addEventListener('click', () => void show())
  box.addEventListener('change', () => {
    if (box.checked && unseen > 0) void show()
  })
}

function newsUrl(): string | undefined {
  return document.querySelector<HTMLElement>('[data-news]')?.dataset['news']
}

function liveSwitch(): { readonly label: HTMLLabelElement; readonly box: HTMLInputElement } {
  const label = document.createElement('label')
  const box = document.createElement('input')
  box.type = 'checkbox'
  box.checked = true
  label.append(box, ' Live')
  return { label, box }
}
