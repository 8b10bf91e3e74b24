import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { labelsOfMechanism } from '../../../src/cli/lint/mechanism-labels.js'

const pages = path.resolve(import.meta.dirname, '../../../docs/mechanisms')
const table = path.resolve(import.meta.dirname, '../../../src/cli/lint/mechanism-labels.ts')

/** These take the labels that their sources give, whatever their names are; `aws` is the services of AWS. */
const others = new Set(['aws', 'file', 'http', 'static'])

/** What Prometheus' documentation names and no test here has an example of; `*` for any ending. */
const more: Readonly<Record<string, readonly string[]>> = {
  consul: [
    '__meta_consul_metadata_*',
    '__meta_consul_service_metadata_*',
    '__meta_consul_tagged_address_*',
  ],
  eureka: ['__meta_eureka_app_instance_datacenterinfo_*'],
  kubernetes: ['__meta_kubernetes_node_condition_*'],
  ovhcloud: ['__meta_ovhcloud_vps_keymap', '__meta_ovhcloud_vps_monitoring_ip_blocks'],
}

it('lists the labels of every page in docs/mechanisms; `npx vitest run test/cli/lint/mechanism-labels.test.ts -u` writes it', async () => {
  const written = await readFile(table, 'utf8')
  const part = /(?<=const table = `\n).*?(?=`)/su
  expect(written).toMatch(part)
  const files = (await readdir(pages)).sort()
  const blocks: string[] = []
  for (const file of files) {
    const mechanism = file.replace(/\.md$/, '')
    if (others.has(mechanism)) continue
    const page = await readFile(path.join(pages, file), 'utf8')
    blocks.push(block(mechanism, [...labelsOf(page), ...(more[mechanism] ?? [])]))
  }
  await expect(written.replace(part, () => blocks.join(''))).toMatchFileSnapshot(table)
})

it('knows the labels of a mechanism, those whose names end in what a user chose included', () => {
  const consul = labelsOfMechanism('consul')
  expect(consul).toContain('__meta_consul_dc')
  expect(consul).toContain('__meta_consul_metadata_*')
  expect(labelsOfMechanism('aws')).toContain('__meta_ec2_instance_id')
  expect(labelsOfMechanism('file')).toBeUndefined()
  expect(labelsOfMechanism('mine')).toBeUndefined()
})

function labelsOf(page: string): readonly string[] {
  const [labels = ''] = /(?<=<!-- labels -->\n).*?(?=<!-- \/labels -->)/su.exec(page) ?? []
  const names = Array.from(labels.matchAll(/^\| `([^`]+)`/gmu), ([, name = '']) => name)
  return names.map((name) => name.replace(/<.*/su, '*'))
}

/** The mechanism, and its labels in lines that are not too long; those that all targets have are left out. */
function block(mechanism: string, labels: readonly string[]): string {
  const names = [...new Set(labels)].filter((name) => name !== '__address__').sort()
  const lines = ['']
  for (const name of names) {
    const line = lines.at(-1) ?? ''
    if (line.length + name.length > 100) lines.push(name)
    else lines[lines.length - 1] = line === '' ? name : `${line} ${name}`
  }
  return `${mechanism}:\n${lines.map((line) => `  ${line}\n`).join('')}`
}
