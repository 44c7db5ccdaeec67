import { type Encoding, encodings, type SiteFile, type SiteFiles } from './files.ts'
import { securityHeaders, yearSeconds } from './security-headers.ts'

export type SiteOptions = {
  /** Whether people reach the console over https alone. */
  readonly isHttps: boolean
}

const mayKeep = `public, max-age=${yearSeconds}, immutable`
/** Kept, but asked for again each time: the tag answers with 304. */
const mustAsk = 'no-cache'

/** Answers from files alone: what is not among them and is no page for a browser is undefined. */
export function answerFrom(files: SiteFiles, { isHttps }: SiteOptions): (request: Request) => Response | undefined {
  const security = securityHeaders(isHttps)
  return (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined
    const file = findFile(files, request)
    if (!file) return undefined
    const encoding = encodingFor(file, request.headers.get('accept-encoding') ?? '')
    const body = file.bodies[encoding]!
    const tag = `"${file.tag}${encoding === 'identity' ? '' : `-${encoding}`}"`
    const headers: Record<string, string> = {
      ...security,
      'cache-control': file.isHashed ? mayKeep : mustAsk,
      etag: tag,
      vary: 'accept-encoding',
    }
    if (isKnown(request.headers.get('if-none-match'), tag)) return new Response(null, { status: 304, headers })
    headers['content-type'] = file.type
    headers['content-length'] = String(body.byteLength)
    if (encoding !== 'identity') headers['content-encoding'] = encoding
    return new Response(request.method === 'HEAD' ? null : body, { headers })
  }
}

/** The file at a path; for a browser that opens a page, whatever its path, the one page that there is. */
function findFile(files: SiteFiles, request: Request): SiteFile | undefined {
  const { pathname } = new URL(request.url)
  const page = files.get('/index.html')
  if (pathname === '/') return page
  const isPage = !pathname.startsWith('/assets/') && (request.headers.get('accept') ?? '').includes('text/html')
  return files.get(pathname) ?? (isPage ? page : undefined)
}

/** The smallest form that the browser takes (RFC 9110 §12.5.3). */
function encodingFor({ bodies }: SiteFile, accepted: string): Encoding {
  const refused = /;\s*q=0(\.0*)?\s*$/
  const taken = new Set(
    accepted
      .split(',')
      .filter((part) => !refused.test(part))
      .map((part) => part.split(';', 1)[0]!.trim().toLowerCase()),
  )
  return encodings.find((encoding) => bodies[encoding] !== undefined && taken.has(encoding)) ?? 'identity'
}

const isKnown = (given: string | null, tag: string): boolean =>
  given !== null && given.split(',').some((each) => each.trim().replace(/^W\//, '') === tag)
