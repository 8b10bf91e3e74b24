import { Buffer } from 'node:buffer'

/** The value of a Basic Authorization header. */
export function basicValue(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`
}
