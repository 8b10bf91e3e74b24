import type { TargetGroup } from './target-group.js'

/** Whether a group holds a URL with a password, as `__meta_url` of a `http_sd_configs` may. */
export function holdsPassword(group: TargetGroup): boolean {
  return (
    hasPassword(group.source) ||
    Object.values(group.labels).some(hasPassword) ||
    group.targets.some((target) => Object.values(target).some(hasPassword))
  )
}

function hasPassword(text: string): boolean {
  // `xxxxx` stands where a mechanism took the password out itself.
  return text.includes('@') && /\/\/[^/?#\s:]*:(?!xxxxx@)[^/?#\s]*@/.test(text)
}
