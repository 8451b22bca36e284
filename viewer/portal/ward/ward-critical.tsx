/** Critical values over the ward page: told at once by the live line, asked again every few seconds without it. */
import { useEffect, useState } from 'react'
import type { CriticalPage } from '../api/critical-types.ts'
import { ActionLine, awaitsAction } from '../critical/action-line.tsx'
import { createAlarm } from '../critical/sound.ts'
import { SoundLine } from '../critical/sound-line.tsx'
import { Takeover } from '../critical/takeover.tsx'
import { useAsked } from './asked.ts'

const askMs = 10_000

/** `onLive` hears of every change, so that the inbox follows. */
export function WardCritical({ treats, onLive }: { readonly treats: boolean; readonly onLive: () => void }) {
  const asked = useAsked<CriticalPage>('/api/critical?state=open&limit=100', askMs)
  const { again } = asked
  const [alarm] = useState(createAlarm)
  useEffect(() => () => alarm.close(), [alarm])
  useEffect(() => {
    const source = new EventSource('/api/events')
    source.addEventListener('critical', again)
    source.addEventListener('workitem', onLive)
    source.addEventListener('study', onLive)
    source.addEventListener('reset', () => {
      again()
      onLive()
    })
    source.onopen = again
    return () => source.close()
  }, [again, onLive])
  const items = asked.data?.items ?? []
  return (
    <div className="ward-critical">
      {treats && <SoundLine alarm={alarm} />}
      {items.filter(awaitsAction).map((critical) => (
        <ActionLine key={critical.id} critical={critical} onChanged={again} />
      ))}
      <Takeover criticals={items} answered={asked.data?.now} alarm={alarm} onChanged={again} />
    </div>
  )
}
