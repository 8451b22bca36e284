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
    let gather: ReturnType<typeof setTimeout> | undefined
    const stale = new Set<string>()
    const refresh = (key: string) => {
      stale.add(key)
      gather ??= setTimeout(() => {
        gather = undefined
        for (const first of stale) void queries.invalidateQueries({ queryKey: [first] })
        stale.clear()
      }, gatherMs)
    }
    const open = () => {
      source = new EventSource('/api/events')
      source.onopen = () => {
        setLine('live')
        for (const key of ['workitems', 'workitem', 'board']) refresh(key)
      }
      source.onerror = () => {
        setLine('asking')
        if (source?.readyState === EventSource.CLOSED) reconnect = setTimeout(open, reconnectMs)
      }
      source.addEventListener('workitem', (event) => {
        for (const key of ['workitems', 'workitem', 'board']) refresh(key)
        try {
          onWorkitem?.(JSON.parse(event.data) as Arrived)
        } catch {
          // An event that cannot be read still refreshes the lists.
        }
      })
      // More was missed than the server remembers.
      source.addEventListener('reset', () => {
        for (const key of ['workitems', 'workitem', 'board']) refresh(key)
      })
      source.addEventListener('session', () => dispatchEvent(new Event(signedOutEvent)))
      source.addEventListener('study', () => {
        for (const key of ['workitems', 'board']) refresh(key)
      })
    }
    open()
    return () => {
      source?.close()
      clearTimeout(reconnect)
      clearTimeout(gather)
    }
  }, [queries, signedIn, onWorkitem])
  return line
}
