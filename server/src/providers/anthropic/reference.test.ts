import { checkReference } from '../test/reference.ts'
import { roleRules } from './convert-messages.ts'
import { partRules } from './convert-parts.ts'
import { requestFields } from './request-fields.ts'

checkReference('anthropic-upstream.md', { fields: requestFields, messages: roleRules, parts: partRules })
