import { FilePattern } from '../go/glob.js'
import type { Turns } from '../waiting/turns.js'
import type { Mechanism } from '../discovery/mechanism.js'
import { goQuote } from '../go/quote.js'
import { ConfigError, type Place, type Places } from '../yaml/index.js'
import type { ConfigIssues } from './config-issues.js'
import { parseFile } from './parse.js'
import { ConfigReadError, type ReadFile } from './read.js'
import type { ScrapeSection } from './sections/scrape-section.js'
import { scrapeConfigFile, type Sections } from './sections/config-file.js'

/**
 * Reads the jobs of the files that `scrape_config_files` names, file by file. A pattern without a
 * match is fine; a file that cannot be read is an issue at the pattern that named it.
 */
export async function includedJobs(
  main: Sections,
  mechanisms: readonly Mechanism[],
  places: Places,
  issues: ConfigIssues,
  reading: { readonly readFile: ReadFile; readonly turns: Turns },
): Promise<readonly (readonly ScrapeSection[])[]> {
  const type = scrapeConfigFile(mechanisms)
  const jobs: (readonly ScrapeSection[])[] = []
  for (const [index, pattern] of main.scrape_config_files.entries()) {
    const place = issues.placeOf(main.scrape_config_files, String(index))
    for (const file of await filesOf(pattern, place, issues)) {
      try {
        const decoded = await parseFile(file, type, places, reading)
        issues.addDecoded(decoded)
        jobs.push(decoded.value.scrape_configs)
      } catch (error) {
        if (error instanceof ConfigReadError) issues.addAt(place, error.message)
        else if (!(error instanceof ConfigError)) throw error
        else for (const issue of error.issues) issues.addIssue(issue)
      }
    }
  }
  return jobs
}

async function filesOf(
  pattern: string,
  place: Place,
  issues: ConfigIssues,
): Promise<readonly string[]> {
  try {
    return await new FilePattern(pattern).list()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const shown = goQuote(pattern)
    issues.addAt(place, `error retrieving scrape config files for ${shown}: ${reason}`)
    return []
  }
}
