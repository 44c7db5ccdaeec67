import { z } from '@hono/zod-openapi'

/** The answer of an operation that goes on: whatever it answers leaves as text/event-stream. */
export const eventsAnswer = z.custom<ReadableStream<Uint8Array>>()

export const eventsResponse = (stream: ReadableStream<Uint8Array> | null): Response =>
  new Response(stream, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // nginx and its kin hold answers back otherwise.
      'x-accel-buffering': 'no',
    },
  })
