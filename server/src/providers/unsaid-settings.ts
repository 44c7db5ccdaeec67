import type { JsonValue } from '../core/json.ts'
import { refused, warned, type FieldRules } from './field-rules.ts'
import { listOf } from './openai-form.ts'

const isOne = (value: JsonValue): boolean => value === 1

/** Fields of a chat completion that only OpenAI's kind of servers knows: what the native APIs of others cannot say. */
export const unsaidSettings: FieldRules<unknown> = {
  n: refused('n', 'the provider gives one answer at a time', isOne),
  modalities: refused('modalities', 'the provider answers in text', (value) =>
    listOf(value).every((each) => each === 'text'),
  ),
  audio: refused('audio', 'the provider answers in text'),
  functions: refused('functions', 'use tools'),
  function_call: refused('function_call', 'use tools', (value) => value === 'none' || value === 'auto'),
  web_search_options: refused('web_search_options', 'the provider searches the web only in its own words'),
  frequency_penalty: warned('frequency_penalty', 'the provider does not know it'),
  presence_penalty: warned('presence_penalty', 'the provider does not know it'),
  repetition_penalty: warned('repetition_penalty', 'the provider does not know it', isOne),
  min_p: warned('min_p', 'the provider does not know it'),
  top_a: warned('top_a', 'the provider does not know it'),
  logit_bias: warned('logit_bias', 'the provider does not know it'),
  logprobs: warned('logprobs', 'the provider does not tell them'),
  top_logprobs: warned('top_logprobs', 'the provider does not tell them'),
  seed: warned('seed', 'the provider does not know it', () => false),
  prediction: warned('prediction', 'the provider does not know it'),
  store: warned('store', 'the provider keeps no answers'),
}
