/** Makes the next few things while one is taken, in their order. What fails is met when its turn comes. */
export async function* ahead<T, R>(items: AsyncIterable<T> | Iterable<T>, make: (item: T) => Promise<R>, count: number): AsyncGenerator<R> {
  const underWay: Promise<R>[] = []
  for await (const item of items) {
    const making = make(item)
    making.catch(() => undefined)
    underWay.push(making)
    if (underWay.length > count) yield await underWay.shift()!
  }
  for (const making of underWay) yield await making
}
