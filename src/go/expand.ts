const reference = /\$(?:\{([^}]*)\}|(\{)|([A-Za-z_][A-Za-z0-9_]*)|([*#$@!?\-0-9]))/g

/**
 * Go's os.Expand: `$NAME` and `${NAME}` in a text become what `valueOf` gives for the name.
 * A brace that is not closed goes with its dollar, and so do `${}`; a dollar before anything else stays.
 * @param valueOf is asked for names of one special character as well: `$$` asks for `$`
 */
export function expand(text: string, valueOf: (name: string) => string): string {
  return text.replace(
    reference,
    (_, braced?: string, open?: string, bare?: string, special?: string) =>
      open !== undefined || braced === '' ? '' : valueOf(braced ?? bare ?? special ?? ''),
  )
}
