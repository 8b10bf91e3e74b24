import { readFileSync } from 'node:fs'
import type { BuildInfo } from '../web/index.js'

/** What this build is, from the package it is part of. */
export function readBuildInfo(): BuildInfo {
  const file = new URL('../../package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  return {
    version,
    revision: '',
    branch: '',
    buildUser: '',
    buildDate: '',
    goVersion: `node ${process.version}`,
  }
}
