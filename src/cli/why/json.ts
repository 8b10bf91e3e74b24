import { AskError } from './errors.js'

/** @throws {AskError} when the text is no JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new AskError('the answer is not one of muster', { cause: error })
  }
}
