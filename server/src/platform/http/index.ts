export type { AnswerHeaders, BodyRead, Exchange } from './exchange.ts'
export { listen, type HttpServer, type HttpServerOptions } from './server.ts'
