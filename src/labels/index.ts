export { type Labels, labelValue, sanitizeLabelName } from './labels.js'
