/**
 * A source that stops when the signal aborts, even while it waits for bytes that never come. `for await` alone would wait for ever: it notices
 * nothing between two chunks. The source is told to stop (`return`) but not waited for, because a stalled one would not answer.
 */
export async function* abortable<T>(source: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]()
  let refuse: ((reason: unknown) => void) | undefined
  const onAbort = () => refuse?.(signal?.reason)
  signal?.addEventListener('abort', onAbort)
  let ended = false
  try {
    for (;;) {
      signal?.throwIfAborted()
      const step = await new Promise<IteratorResult<T>>((resolve, reject) => {
        refuse = reject
        iterator.next().then(resolve, reject)
      })
      if (step.done) {
        ended = true
        return
      }
      yield step.value
    }
  } finally {
    signal?.removeEventListener('abort', onAbort)
    if (!ended) iterator.return?.()?.catch(() => undefined)
  }
}
