import { checkReference } from '../test/reference.ts'
import { roleRules } from './convert-messages.ts'
import { partRules } from './convert-parts.ts'
import { embeddingFields } from './embeddings.ts'
import { requestFields } from './request-fields.ts'

checkReference('bedrock-upstream.md', {
  fields: requestFields,
  messages: roleRules,
  parts: partRules,
  embeddings: embeddingFields,
})
