import { describeFamily } from './suite/families.js'

await describeFamily('clouds')
