/** Measuring in pairs: ours, then the peer, then the peer and ours again …, so that a busy minute of the machine meets both. */
export interface Pair {
  readonly ours: number
  readonly peer: number | undefined
}

export const median = (figures: readonly number[]): number => {
  const sorted = [...figures].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** `measure` for each peer in each of `runs` rounds, ours at first and then in turns; a round of warming up before is not counted. */
export async function inPairs<Peer, Figures extends Readonly<Record<string, number>>>(
  peers: readonly Peer[],
  runs: number,
  measure: (peer: Peer) => Promise<Figures>,
): Promise<{ readonly [Name in keyof Figures]: readonly Pair[] }> {
  const rounds: Figures[][] = []
  for (let round = 0; round <= runs; round++) {
    const order = round % 2 === 1 ? [...peers].reverse() : peers
    const figures = new Map<Peer, Figures>()
    for (const peer of order) figures.set(peer, await measure(peer))
    if (round > 0) rounds.push(peers.map((peer) => figures.get(peer)!))
  }
  const names = Object.keys(rounds[0]![0]!)
  return Object.fromEntries(
    names.map((name) => [name, rounds.map(([ours, peer]) => ({ ours: ours![name]!, peer: peer?.[name] }))]),
  ) as unknown as { readonly [Name in keyof Figures]: readonly Pair[] }
}
