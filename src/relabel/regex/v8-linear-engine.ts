import v8 from 'node:v8'

// Beyond this many steps V8 gives up backtracking and starts again with its linear engine.
const fallback = '--enable-experimental-regexp-engine-on-excessive-backtracks'
// V8's own flag: it refuses what the linear engine cannot do.
const linear = ['l'].join('')
const explicit = '--enable-experimental-regexp-engine'

// An embedder refuses the setting for the whole process with this on node's command line.
const refused = '--no-enable-experimental-regexp-engine'

/**
 * Asks V8 to fall back to its linear-time engine when an expression backtracks too much. It is a
 * setting of the whole process and makes no difference to what an expression matches. To be called
 * before an expression that relies on it is made. A process started with `--no-enable-experimental-regexp-engine`
 * stays as it is: RE2 then takes the expressions that could backtrack, 20 to 40 times slower.
 */
export function enableLinearFallback(): void {
  if (process.execArgv.includes(refused)) return
  v8.setFlagsFromString(explicit)
  v8.setFlagsFromString(fallback)
}

/**
 * Whether V8 falls back to its linear engine with an expression. It is switched on for the first one: V8 takes as long
 * to set a flag as to make an expression.
 */
export function fallsBack(source: string): boolean {
  // Switched on by others, without the fallback perhaps.
  if (isSetByUser()) enableLinearFallback()
  if (isLinear(source)) return true
  enableLinearFallback()
  return isLinear(source)
}

function isSetByUser(): boolean {
  const options = process.env['NODE_OPTIONS']
  return (
    process.execArgv.some((option) => option.includes('regexp')) ||
    (options !== undefined && options.includes('regexp'))
  )
}

/** Whether V8's linear engine can take an expression (the `l` flag refuses those it cannot). */
function isLinear(source: string): boolean {
  try {
    return new RegExp(source, linear).source !== ''
  } catch {
    // Not an error: V8 says in this way that it has no linear engine, or none for this expression.
    return false
  }
}
