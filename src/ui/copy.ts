/** How long a button says that it has copied, in milliseconds. */
const saidMs = 1500
const said = { done: 'copied', refused: 'refused' } as const

/** Buttons with `data-copy` copy that text; those with `data-curl` a command that gets that address. */
export function startCopy(): void {
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('button') : null
    const text = button === null ? undefined : textOf(button)
    if (button !== null && text !== undefined) void copy(button, text)
  })
}

function textOf({ dataset }: HTMLButtonElement): string | undefined {
  const { copy: text, curl } = dataset
  if (curl === undefined) return text
  return `curl '${new URL(curl, location.href).href.replaceAll("'", '%27')}'`
}

async function copy(button: HTMLButtonElement, text: string): Promise<void> {
  const { textContent } = button
  if (textContent === said.done || textContent === said.refused) return
  button.textContent = (await isCopied(text)) ? said.done : said.refused
  setTimeout(() => {
    button.textContent = textContent
  }, saidMs)
}

/** Browsers have a clipboard for pages only where they came over TLS, or from this machine. */
async function isCopied(text: string): Promise<boolean> {
  if (navigator.clipboard !== undefined) {
    try {
      await navigator.clipboard.writeText(text)
      return true
    } catch {
      return false
    }
  }
  const field = document.createElement('textarea')
  field.value = text
  field.className = 'skip'
  const before = document.activeElement
  document.body.append(field)
  field.select()
  // oxlint-disable-next-line typescript/no-deprecated
  const done = document.execCommand('copy')
  field.remove()
  if (before instanceof HTMLElement) before.focus()
  return done
}
