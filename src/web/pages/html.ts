import type { HtmlEscapedString } from 'hono/utils/html'

/** A piece of a page: what a component of `hono/jsx` gives. Texts in it are escaped. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>
