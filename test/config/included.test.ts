import { describe, expect, it } from 'vitest'
import { useLoading } from './loading.js'

const { folder, load, faultsOf } = useLoading()

describe('included files', () => {
  it('add their jobs, with the global of the main file and paths of their own folder', async () => {
    await folder.write('more/b.yml', 'scrape_configs:\n- job_name: b\n')
    await folder.write(
      'more/a.yml',
      'scrape_configs:\n- job_name: a\n  file_sd_configs: [{files: [t.json]}]\n',
    )
    const config = await load(
      'global: {scrape_interval: 5s}\nscrape_config_files: [more/*.yml, none/*.yml]\nscrape_configs: [{job_name: m}]\n',
    )
    expect(config.jobs.map(({ job_name }) => job_name)).toEqual(['m', 'a', 'b'])
    expect(config.scrape_configs.map(({ job_name }) => job_name)).toEqual(['m'])
    expect(config.jobs[1]).toMatchObject({ scrape_interval: 5000 })
    expect(config.jobs[1]?.discovery[0]?.config).toMatchObject({
      files: [folder.path('more/t.json')],
    })
  })

  it('are checked as the main file is, and errors name them', async () => {
    await folder.write('more/a.yml', 'scrape_configs:\n- job_name: a\n  scrape_timeout: 2m\n')
    await folder.write('more/b.yml', 'global: {}\nscrape_configs: [{job_name: m}]\n')
    await folder.write('more/c.yml', 'scrape_configs: [{job_name: a}]\n')
    await folder.write('more/d.yml', 'scrape_configs: [')
    const yaml = 'scrape_config_files: [more/*.yml]\nscrape_configs: [{job_name: m}]\n'
    expect(await faultsOf(yaml)).toEqual([
      'more/a.yml:3:3: scrape_configs[0].scrape_timeout: scrape timeout greater than scrape interval for scrape config with job name "a"',
      'more/b.yml:1:1: global: field global not found in type config.ScrapeConfigs',
      'more/b.yml:2:19: scrape_configs[0].job_name: found multiple scrape configs with job name "m", first found in main config file (at p.yml:2:19)',
      `more/c.yml:1:19: scrape_configs[0].job_name: found multiple scrape configs with job name "a", first found in "more/a.yml" (at more/a.yml:2:3)`,
      expect.stringMatching(/^more\/d\.yml:1:18: yaml: /),
    ])
    await expect(load(yaml)).rejects.toThrow(
      `"${folder.path('more/a.yml')}": scrape timeout greater than scrape interval`,
    )
  })

  it('that cannot be read are errors at the pattern', async () => {
    await folder.write('more/a.yml/x', '')
    expect(await faultsOf('scrape_config_files:\n- more/*.yml\n')).toEqual([
      'p.yml:2:3: scrape_config_files[0]: read more/a.yml: is a directory',
    ])
  })
})
