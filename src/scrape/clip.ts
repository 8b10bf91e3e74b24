/** The beginning of a text for messages and events, with an ellipsis where it is cut. */
export function clip(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters)}…`
}
