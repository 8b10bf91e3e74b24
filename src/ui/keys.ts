/** The keys of every page; those that lead to another page come from its navigation. */
const keys: readonly (readonly [key: string, what: string])[] = [
  ['/', 'search'],
  ['j k', 'next row, row before'],
  ['Enter', 'open'],
  ['y', 'copy the address of the page'],
  ['Esc', 'leave a field, close'],
  ['?', 'these keys'],
]

/** Keys work while no field has the focus, and never with Ctrl, Alt or Meta. */
export function startKeys(): void {
  let isGoing = false
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return
    const { activeElement } = document
    if (isField(activeElement)) {
      if (event.key === 'Escape') activeElement.blur()
      return
    }
    if (document.querySelector('dialog[open]') !== null) return
    if (isGoing) {
      isGoing = false
      pageLink(event.key)?.click()
      return
    }
    switch (event.key) {
      case 'g':
        isGoing = true
        return
      case '/': {
        const field = document.querySelector<HTMLInputElement>('main input[type=search]')
        if (field === null) return
        event.preventDefault()
        field.focus()
        field.select()
        return
      }
      case 'j':
        moveRow(1)
        return
      case 'k':
        moveRow(-1)
        return
      case 'y':
        void navigator.clipboard?.writeText(location.href)
        return
      case '?':
        showKeys()
    }
  })
}

function isField(element: Element | null): element is HTMLElement {
  return element instanceof HTMLElement && element.matches('input, select, textarea')
}

function pageLinks(): readonly HTMLAnchorElement[] {
  return [...document.querySelectorAll<HTMLAnchorElement>('header a[data-key]')]
}

function pageLink(key: string): HTMLAnchorElement | undefined {
  return pageLinks().find((link) => link.dataset['key'] === key)
}

/** Puts the focus on the first link of the next row. */
function moveRow(by: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>('tbody tr')].flatMap((row) => {
    const link = row.querySelector<HTMLElement>('a, summary, button')
    return link === null ? [] : [{ row, link }]
  })
  const at = links.findIndex(({ row }) => row.contains(document.activeElement))
  const next = at === -1 ? (by === 1 ? 0 : links.length - 1) : at + by
  links[next]?.link.focus()
}

function showKeys(): void {
  const dialog = document.createElement('dialog')
  dialog.setAttribute('aria-label', 'Keys')
  const list = document.createElement('table')
  const pages = pageLinks().map(
    (link) => [`g ${link.dataset['key'] ?? ''}`, link.textContent] as const,
  )
  for (const [key, what] of [...keys, ...pages]) {
    const row = list.insertRow()
    const kbd = document.createElement('kbd')
    kbd.textContent = key
    row.insertCell().append(kbd)
    row.insertCell().append(what)
  }
  const close = document.createElement('button')
  close.textContent = 'Close'
  close.addEventListener('click', () => dialog.close())
  dialog.append(list, close)
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}
