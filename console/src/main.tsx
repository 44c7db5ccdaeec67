// First: it says in which order the layers of all styles stand.
import './ui/index.css'
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { failureOf, queryDefaults } from './api/query.ts'
import { sessionQuery } from './api/session.ts'
import { makeRouter } from './router.tsx'

/** A session that ended while the page was open: the next look at it asks who is there. */
const cache = new QueryCache({
  onError: (error, { queryKey }) => {
    if (failureOf(error)?.status !== 401 || queryKey[0] === 'session') return
    queries.setQueryData(sessionQuery.queryKey, null)
    void router.invalidate()
  },
})

const queries = new QueryClient({ queryCache: cache, defaultOptions: queryDefaults })
const router = makeRouter(queries)
const place = document.getElementById('root')
if (!place) throw new Error('index.html has no #root')

createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
)
