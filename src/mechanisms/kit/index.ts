export { addressOnly, type GroupSection, groupSection } from './group-section.js'
export { readJsonGroup, readJsonGroups } from './json-groups.js'
