/** Connections to the database that background work may take from calls, and questions at once to Stripe. */
const atOnce = 4

/** Works on all items, a few at a time. The work catches what may fail. */
export async function several<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const rest = items.values()
  const workers = Array.from({ length: Math.min(atOnce, items.length) }, async () => {
    for (const item of rest) await work(item)
  })
  await Promise.all(workers)
}
