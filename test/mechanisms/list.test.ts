import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { allMechanisms } from '../config/mechanisms.js'

const root = path.resolve(import.meta.dirname, '../..')
const mechanisms = allMechanisms()
const names = mechanisms.map(({ name }) => name)

/** Every mechanism of Prometheus 3.14. */
const prometheus =
  'aws azure consul digitalocean dns docker dockerswarm ec2 ecs elasticache eureka file gce hetzner ' +
  'http ionos kubernetes kuma lightsail linode marathon msk nerve nomad oci openstack outscale ' +
  'ovhcloud puppetdb rds scaleway serverset stackit static triton uyuni vultr'

describe('the list of mechanisms', () => {
  it('has every mechanism of Prometheus', () => {
    expect(names).toEqual(expect.arrayContaining(prometheus.split(' ')))
  })

  it('is in alphabetical order', () => {
    expect(names).toEqual([...names].sort())
  })

  it('has the key that Prometheus has for each', () => {
    for (const { name, key } of mechanisms) {
      expect(key).toBe(name === 'static' ? 'static_configs' : `${name}_sd_configs`)
    }
  })

  it('is what the README says; `npx vitest run test/mechanisms/list.test.ts -u` writes it there', async () => {
    const file = path.join(root, 'README.md')
    const page = await readFile(file, 'utf8')
    const part = /(?<=<!-- mechanisms -->\n).*?(?=<!-- end of mechanisms -->)/su
    expect(page).toMatch(part)
    await expect(page.replace(part, sentences())).toMatchFileSnapshot(file)
  })
})

function sentences(): string {
  const listed = names.map((name) => `\`${name}\``)
  const text =
    `All ${String(names.length)} mechanisms of Prometheus 3.14 run, complete with every option and label: ` +
    `${listed.slice(0, -1).join(', ')} and ${listed.at(-1) ?? ''}.`
  // Lines as long as those around them.
  return text.replaceAll(/(.{1,115})(?: |$)/gu, '$1\n')
}
