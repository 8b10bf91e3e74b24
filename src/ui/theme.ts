const themes = ['auto', 'light', 'dark'] as const
type Theme = (typeof themes)[number]

function current(): Theme {
  const { classList } = document.documentElement
  return themes.find((theme) => classList.contains(`theme-${theme}`)) ?? 'auto'
}

/** Kept in a cookie, so that the server sends the page in the right colours from the start. */
function choose(theme: Theme, root: string): void {
  document.documentElement.className = theme === 'auto' ? '' : `theme-${theme}`
  const { pathname } = new URL(root, location.href)
  const age = theme === 'auto' ? 0 : 365 * 24 * 3600
  // oxlint-disable-next-line unicorn/no-document-cookie
  document.cookie = `muster-theme=${theme}; path=${pathname}; max-age=${String(age)}; samesite=strict`
}

/** The choice between light, dark and what the system says. */
export function startTheme(tools: Element, root: string): void {
  const label = document.createElement('label')
  const select = document.createElement('select')
  label.append('Theme ', select)
  for (const theme of themes) select.add(new Option(theme, theme, false, theme === current()))
  select.addEventListener('change', () => choose(select.value as Theme, root))
  tools.append(label)
}
