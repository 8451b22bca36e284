/**
 * What changes on the server reaches the page by server-sent events; while no stream stands, the lists ask every few seconds.
 * The stream resumes by itself from the last number it saw (Last-Event-ID).
 */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { signedOutEvent } from './http.ts'

/** live: the stream stands · asking: it does not, lists ask by themselves. */
export type Line = 'live' | 'asking'

export const pollMs = 8_000
const reconnectMs = 5_000
/** A study of 300 instances is 300 events: the lists are asked once for all that come within this. */
const gatherMs = 400
/** Those that cost the server more to make, and nobody waits for by the second. */
const costly: ReadonlySet<string> = new Set(['unmatched', 'conflicts', 'wallboard'])
const gatherCostlyMs = 3_000

/** Which lists an event makes stale, by the first part of their key. */
const staleAfter = {
  workitem: ['sign-batch', 'workitems', 'workitem', 'board', 'returns', 'questions', 'wallboard'],
  study: ['workitems', 'board', 'orders', 'unmatched', 'conflicts', 'wallboard'],
  order: ['orders', 'unmatched', 'board', 'workitems'],
  critical: ['critical', 'wallboard'],
  report: ['report', 'notices', 'recalls', 'readers', 'sign-batch'],
  question: ['questions', 'workitems', 'board'],
} as const
/** After a line that was down, all of them. */
const all: ReadonlySet<string> = new Set(Object.values(staleAfter).flat())

/** Calls once with all the keys that were told within a time. */
function gatherer(ms: number, tell: (keys: ReadonlySet<string>) => void): { add(key: string): void; stop(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined
  let gathered = new Set<string>()
  return {
    add(key) {
      gathered.add(key)
      timer ??= setTimeout(() => {
        const keys = gathered
        timer = undefined
        gathered = new Set()
        tell(keys)
      }, ms)
    },
    stop: () => clearTimeout(timer),
  }
}

interface Arrived {
  readonly id?: string
  readonly state?: string
  readonly StudyInstanceUID?: string
}

/** Keeps every list of the page current. `onWorkitem` is told each change of state, for the toast of a report that arrived. */
export function useEvents(signedIn: boolean, onWorkitem?: (workitem: Arrived) => void): Line {
  const queries = useQueryClient()
  const [line, setLine] = useState<Line>('asking')
  useEffect(() => {
    if (!signedIn) return
    let source: EventSource | undefined
    let reconnect: ReturnType<typeof setTimeout> | undefined
    const tell = (keys: ReadonlySet<string>) => {
      for (const key of keys) void queries.invalidateQueries({ queryKey: [key] })
    }
    const soon = gatherer(gatherMs, tell)
    const later = gatherer(gatherCostlyMs, tell)
    const refresh = (keys: Iterable<string>) => {
      for (const key of keys) (costly.has(key) ? later : soon).add(key)
    }
    const open = () => {
      source = new EventSource('/api/events')
      source.onopen = () => {
        setLine('live')
        refresh(all)
      }
      source.onerror = () => {
        setLine('asking')
        if (source?.readyState === EventSource.CLOSED) reconnect = setTimeout(open, reconnectMs)
      }
      source.addEventListener('workitem', (event) => {
        refresh(staleAfter.workitem)
        try {
          onWorkitem?.(JSON.parse(event.data) as Arrived)
        } catch {
          // An event that cannot be read still refreshes the lists.
        }
      })
      // More was missed than the server remembers.
      source.addEventListener('reset', () => refresh(all))
      source.addEventListener('session', () => dispatchEvent(new Event(signedOutEvent)))
      source.addEventListener('study', () => refresh(staleAfter.study))
      source.addEventListener('order', () => refresh(staleAfter.order))
      source.addEventListener('question', () => refresh(staleAfter.question))
      source.addEventListener('report', () => refresh(staleAfter.report))
      source.addEventListener('critical', () => refresh(staleAfter.critical))
    }
    open()
    return () => {
      source?.close()
      clearTimeout(reconnect)
      soon.stop()
      later.stop()
    }
  }, [queries, signedIn, onWorkitem])
  return line
}
