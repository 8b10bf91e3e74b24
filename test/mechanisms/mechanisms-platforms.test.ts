import { describeFamily } from './suite/families.js'

await describeFamily('platforms')
