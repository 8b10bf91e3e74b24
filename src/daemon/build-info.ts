import { readFileSync } from 'node:fs'
import type { BuildInfo } from '../web/index.js'

/** What this build is, from the package it is part of, and from what the build wrote down (`dist/build.json`). */
export function readBuildInfo(): BuildInfo {
  const file = new URL('../../package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  return {
    version,
    revision: readRevision(),
    branch: '',
    buildUser: '',
    buildDate: '',
    goVersion: `node ${process.version}`,
  }
}

/** The commit that was built; empty where that is not known, as in a build outside of a repository. */
function readRevision(): string {
  try {
    const text = readFileSync(new URL('../build.json', import.meta.url), 'utf8')
    return (JSON.parse(text) as { readonly revision: string }).revision
  } catch {
    return ''
  }
}
