/** A page of ours, as far as a server can tell: keeps cookies, and says where it comes from. */
export type Page = {
  readonly ask: (
    method: string,
    path: string,
    body?: object,
    url?: string,
  ) => Promise<{ readonly status: number; readonly json: Record<string, unknown>; readonly headers: Headers }>
  readonly cookies: Map<string, string>
}

/** Opens a page of the server at `url`; it may ask siblings of that server, which the same browser takes for one place. */
export function openPage(url: string): Page {
  const cookies = new Map<string, string>()
  let csrf: string | undefined
  return {
    cookies,
    async ask(method, path, body, at = url) {
      const response = await fetch(at + path, {
        method,
        redirect: 'manual',
        headers: {
          origin: at,
          cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
          ...(csrf !== undefined && { 'x-csrf-token': csrf }),
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
      })
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        cookies.set(name, value)
      }
      const text = await response.text()
      const json = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>
      const data = json['data'] as { csrf_token?: string } | undefined
      csrf = data?.csrf_token ?? csrf
      return { status: response.status, json, headers: response.headers }
    },
  }
}
