// Prints the software bill of materials of what `npm install muster-sd` brings, as CycloneDX JSON. npm's own
// `--omit=dev` also leaves out what a development package wants as an optional peer of its own
// (@opentelemetry/api), so the development packages are taken out here.
import { execFileSync } from 'node:child_process'
import path from 'node:path'

const bill = JSON.parse(
  execFileSync('npm', ['sbom', '--sbom-format=cyclonedx'], {
    cwd: path.resolve(import.meta.dirname, '..'),
    maxBuffer: 2 ** 26,
  }).toString(),
)
const isDevelopment = ({ properties = [] }) =>
  properties.some(({ name, value }) => name === 'cdx:npm:package:development' && value === 'true')
const components = bill.components.filter((component) => !isDevelopment(component))
const kept = new Set([bill.metadata.component, ...components].map((one) => one['bom-ref']))
const dependencies = bill.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => kept.has(one)) }))
console.log(JSON.stringify({ ...bill, components, dependencies }, null, 2))
