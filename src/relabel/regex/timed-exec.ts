import { createContext, Script } from 'node:vm'

/**
 * Long enough for every text on which backtracking goes well, and little beside what follows where it does
 * not.
 */
const timeLimitMs = 1000

/**
 * Makes a function that matches by backtracking, and gives up where that takes too long.
 * @param source an expression of JavaScript
 * @returns undefined where it gave up; null where there is no match
 */
export function timedExec(source: string): (text: string) => RegExpExecArray | null | undefined {
  const scope = createContext({ expression: new RegExp(source), text: '' })
  const script = new Script('expression.exec(text)')
  return (text) => {
    scope['text'] = text
    try {
      return script.runInContext(scope, { timeout: timeLimitMs }) as RegExpExecArray | null
    } catch {
      // It took too long, or too much memory: RE2 is asked then, and takes neither.
      return undefined
    } finally {
      scope['text'] = ''
    }
  }
}
