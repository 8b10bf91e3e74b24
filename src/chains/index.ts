export { type Chain, type ChainConfig, ChainError, sourceSet } from './chain-config.js'
export { chainMechanism, type ChainMechanismOptions } from './chain-mechanism.js'
export { chainSets, loadChains, type LoadChainsOptions } from './load-chains.js'
