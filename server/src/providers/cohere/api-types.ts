/** The name by which `reasoning_details` tell that they are Cohere's. */
export const reasoningFormat = 'cohere-v2'
