export type { Prepared, Reloadable } from './reloadable.js'
