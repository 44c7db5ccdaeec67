// First: it says in which order the layers of all styles stand.
import './ui/index.css'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { queryDefaults } from './api/query.ts'
import { makeRouter } from './router.tsx'

const queries = new QueryClient({ defaultOptions: queryDefaults })
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
