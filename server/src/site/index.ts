/**
 * The console's built files, as the server gives them to browsers. They are read once, at the start, and answered from
 * memory: no request ever reaches the file system.
 */
import { answerFrom, type SiteOptions } from './answer.ts'
import { readFiles } from './files.ts'
import { missingPage } from './missing-page.ts'

export type { SiteOptions } from './answer.ts'

/** Answers GET and HEAD of a page or one of its files; undefined where there is no such thing. */
export type Site = (request: Request) => Response | undefined

export type OpenSite = SiteOptions & {
  /** Where the build of the console is. */
  readonly directory: string
  /** Told why there is no console. */
  readonly onMissing: (why: string) => void
}

/** Reads the console; where it cannot be read, its pages say how to build it and everything else goes on. */
export async function openSite({ directory, onMissing, ...options }: OpenSite): Promise<Site> {
  const read = await readFiles(directory)
  if (read.kind === 'unusable') onMissing(read.why)
  return answerFrom(read.kind === 'read' ? read.files : missingPage, options)
}
