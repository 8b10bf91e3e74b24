import { textual, type Type } from '../yaml/index.js'

/** A text whose Go type has a name of its own, which shows in error texts. */
export function word<T extends string = string>(goName: string): Type<T> {
  return textual<T>(
    goName,
    () => '' as T,
    (written) => written as T,
    (value) => value,
  )
}
