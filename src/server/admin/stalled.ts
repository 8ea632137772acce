/** Ends an answer that nobody goes on reading: what is behind it would be held for ever. */

export async function* endedIfStalled(
  texts: AsyncIterable<string>,
  response: { destroy(): unknown },
  stallMsMax: number,
): AsyncGenerator<string, void, undefined> {
  for await (const text of texts) {
    const timer = setTimeout(() => {
      response.destroy()
    }, stallMsMax)
    try {
      yield text
    } finally {
      clearTimeout(timer)
    }
  }
}
