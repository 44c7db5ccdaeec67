import { flag, searchShape, text } from '../../lib/search.ts'

/** What the page keeps in its address: which models are tried. What is typed, and the key that pays, stay in the tab. */
export const playgroundSearch = searchShape({ model: text, second: text, two: flag })

export type PlaygroundSearch = ReturnType<typeof playgroundSearch>

/** Whether two stand side by side: a second one is named, or is being chosen. */
export const isTwoIn = ({ second, two }: PlaygroundSearch): boolean => second !== undefined || two === true
