import { getPage, showFault, showPage } from './pages.js'

const everyMs = 5000
const stored = 'muster-live'

/**
 * Keeps a page as it is now: while it is looked at, and the reader has not switched that off. Nothing moves
 * while text of the page is selected.
 */
export function startLive(tools: Element): void {
  const label = document.createElement('label')
  const box = document.createElement('input')
  box.type = 'checkbox'
  box.checked = localStorage.getItem(stored) !== 'off'
  label.append(box, ' Live')
  label.title = 'Follows muster every five seconds'
  tools.append(label)
  let isAsking = false
  const refresh = async (): Promise<void> => {
    if (!box.checked || document.hidden || isAsking || isSelecting()) return
    isAsking = true
    const { href } = location
    try {
      const page = await getPage(href, new AbortController().signal)
      // A search may have led elsewhere meanwhile.
      if (box.checked && location.href === href) showPage(page)
      showFault(undefined)
    } catch (error) {
      showFault(error instanceof Error ? error.message : String(error))
    } finally {
      isAsking = false
    }
  }
  const ask = (): void => void refresh()
  setInterval(ask, everyMs)
  document.addEventListener('visibilitychange', ask)
  box.addEventListener('change', () => {
    localStorage.setItem(stored, box.checked ? 'on' : 'off')
    if (!box.checked) showFault(undefined)
    ask()
  })
}

function isSelecting(): boolean {
  const selection = getSelection()
  return selection !== null && !selection.isCollapsed
}
