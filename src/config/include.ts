import { FilePattern } from '../go/glob.js'
import type { Mechanism } from '../discovery/mechanism.js'
import { goQuote } from '../go/quote.js'
import { ConfigError, type Place, type Places } from '../yaml/index.js'
import type { Findings } from './findings.js'
import { parseFile } from './parse.js'
import { ConfigReadError, type ReadFile } from './read.js'
import type { ScrapeSection } from './scrape-section.js'
import { scrapeConfigFile, type Sections } from './sections.js'

/**
 * Reads the jobs of the files that `scrape_config_files` names, file by file. A pattern without a
 * match is fine; a file that cannot be read is a finding at the pattern that named it.
 */
export async function includedJobs(
  main: Sections,
  mechanisms: readonly Mechanism[],
  places: Places,
  findings: Findings,
  readFile: ReadFile,
): Promise<readonly (readonly ScrapeSection[])[]> {
  const type = scrapeConfigFile(mechanisms)
  const jobs: (readonly ScrapeSection[])[] = []
  for (const [index, pattern] of main.scrape_config_files.entries()) {
    const place = findings.placeOf(main.scrape_config_files, String(index))
    for (const file of await filesOf(pattern, place, findings)) {
      try {
        const { value, issues } = await parseFile(file, type, places, readFile)
        for (const issue of issues) findings.addIssue(issue)
        jobs.push(value.scrape_configs)
      } catch (error) {
        if (error instanceof ConfigReadError) findings.addAt(place, error.message)
        else if (!(error instanceof ConfigError)) throw error
        else for (const issue of error.issues) findings.addIssue(issue)
      }
    }
  }
  return jobs
}

async function filesOf(
  pattern: string,
  place: Place,
  findings: Findings,
): Promise<readonly string[]> {
  try {
    return await new FilePattern(pattern).list()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const shown = goQuote(pattern)
    findings.addAt(place, `error retrieving scrape config files for ${shown}: ${reason}`)
    return []
  }
}
