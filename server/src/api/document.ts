/** The OpenAPI 3.1 document, from the operations that the server mounts and the inference paths described beside them. */
import { OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi'
import { catalogue, type ErrorCode } from '../core/errors.ts'
import { fileTypeOf } from './download.ts'
import { eventsAnswer } from './live/answer.ts'
import { inferencePaths } from './inference-paths.ts'
import type { AnyOperation } from './operation.ts'
import type { Mounted } from './operations.ts'

type Document = ReturnType<OpenAPIHono['getOpenAPI31Document']>

export const fault = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      code: z.enum(Object.keys(catalogue) as ErrorCode[]),
      param: z.string().nullable(),
      metadata: z.record(z.string(), z.unknown()).optional(),
    }),
  })
  .openapi('Error', { description: "OpenAI's error envelope. `code` says what to do; docs/errors.md lists them all." })

const description = `One OpenAI-compatible endpoint in front of every model, paid with prepaid credits that are exact.

Money is decimal text in credits (1,000,000 credits are 0.50 USD, and nothing is finer than 0.002 credits); fields named as
OpenRouter names them are numbers in USD, for display. Times are RFC 3339. Lists are paged by an opaque \`cursor\`.
Every POST but those of sign-in takes an \`Idempotency-Key\`: the same request is done once and answered alike for at least 24 hours. Unknown
fields are refused. Keys of customers see their own account only; what belongs to others is answered 404. The calls under
"Your key" and those of inference are at \`/api/v1/...\` as well as at \`/v1/...\`; there, errors of inference have the
status as their \`code\`, as OpenRouter's, and ours as \`metadata.error_code\`.`

const security = [{ key: [] }]

const idempotencyKey = z.object({
  'idempotency-key': z.string().min(1).max(255).optional().openapi({ description: 'Makes a repetition harmless.' }),
})

/** Builds the document; a pure function of its arguments. */
export function apiDocument(groups: readonly Mounted[]): Document {
  const app = new OpenAPIHono()
  const registry = app.openAPIRegistry
  registry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key: `sk-rp-...` for inference, `sk-rpm-...` for management.',
  })
  registry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: 'redpill_session',
    description:
      'Somebody signed in, over https `__Host-redpill_session`. Under /api/v1 a session asks for whatever a key may, as far ' +
      'as the role in the account allows; `x-redpill-account` names the account, and all but GET send `x-csrf-token`.',
  })
  const described = new Set<string>()
  for (const { prefix, operations } of groups) {
    for (const operation of operations.filter(({ id }) => !described.has(id))) {
      described.add(operation.id)
      registry.registerPath(routeOf(prefix, operation))
    }
  }
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'RedPill',
      version: '1',
      description,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: '/' }],
  })
  return { ...document, paths: { ...inferencePaths, ...document.paths } }
}

function securityOf({ allowed }: AnyOperation): Pick<RouteConfig, 'security'> {
  if (allowed === 'anyone') return {}
  if (allowed === 'person') return { security: [{ session: [] }] }
  return { security: allowed === 'anyone-known' ? [...security, {}] : security }
}

function typeOf(answer: AnyOperation['answer']): string {
  return answer === eventsAnswer ? 'text/event-stream' : (fileTypeOf(answer) ?? 'application/json')
}

const anyObject = z.record(z.string(), z.unknown())

/** The answer of whoever leads on. */
const elsewhere = {
  description: 'Leads on.',
  headers: { location: { description: 'Where to.', schema: { type: 'string' as const } } },
}

function routeOf(prefix: string, operation: AnyOperation): RouteConfig {
  const { method, id, tag, summary, description: more, params, query, body, takesRaw, answer, status = 200 } = operation
  return {
    method,
    path: prefix + operation.path.replaceAll('{+', '{'),
    operationId: id,
    tags: [tag],
    summary,
    ...(more === undefined ? {} : { description: more }),
    ...securityOf(operation),
    request: {
      ...(params ? { params } : {}),
      ...(query ? { query } : {}),
      ...(method === 'post' && !operation.unrepeatable ? { headers: idempotencyKey } : {}),
      ...(body ? { body: { required: true, content: { 'application/json': { schema: body } } } } : {}),
      ...(takesRaw ? { body: { required: true, content: { 'application/json': { schema: anyObject } } } } : {}),
    },
    responses: {
      [status]:
        status === 302
          ? elsewhere
          : {
              description: 'Done.',
              content: { [typeOf(answer)]: { schema: typeOf(answer) === 'application/json' ? answer : z.string() } },
            },
      default: { description: 'Refused or failed.', content: { 'application/json': { schema: fault } } },
    },
  }
}
