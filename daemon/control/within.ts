/** Resolves with `work`, or after `limit` ms. Rejects with it, too. */
export async function within(limit: number, work: Promise<unknown>): Promise<void> {
  await Promise.race([work, new Promise((resolve) => setTimeout(resolve, limit).unref())]);
}
