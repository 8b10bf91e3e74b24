export { type Logger, type LogFields, silentLogger } from './logger.js'
