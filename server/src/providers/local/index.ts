export { openLocalProvider } from './provider.ts'
export { type LocalModel, localModels } from './models.ts'
