export type { AnswerHeaders, BodyRead, Exchange } from './exchange.ts'
export { listen, type HttpServer, type HttpServerOptions } from './server.ts'
export { clientAddress } from './client-address.ts'
export { isNetwork, type Networks, openNetworks } from './networks.ts'
