/** Critical values over the whole portal: the takeover for who treats, the line for who reads, the sound, whatever page is open. */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { Critical } from '../api/critical-types.ts'
import { useOpenCriticals } from '../api/criticals.ts'
import type { Line } from '../api/events.ts'
import type { Account } from '../api/types.ts'
import { AlertLines } from '../break-glass/alert-lines.tsx'
import { useWords } from '../language/language.tsx'
import { has } from '../session/session.ts'
import { navigate } from '../shell/router.ts'
import { ActionLine, awaitsAction } from './action-line.tsx'
import { useServerNow } from './countdown.ts'
import { ReaderLine } from './reader-line.tsx'
import { createAlarm } from './sound.ts'
import { SoundLine } from './sound-line.tsx'
import { Takeover } from './takeover.tsx'
import { criticalWords } from './words.ts'

/** More would hide the page under it. */
const mostLines = 3

/** What a reader must see: their own, what nobody answered, and what the imaging room suspects. */
const concerns = (critical: Critical, username: string): boolean =>
  critical.verbs.includes('call') &&
  (critical.raisedBy.username === username || (critical.state === 'NOTIFYING' && (critical.level > 0 || critical.suspected)))

export function CriticalLayer({ account, signedIn, line }: { readonly account: Account; readonly signedIn: boolean; readonly line: Line }) {
  const say = useWords(criticalWords)
  const queries = useQueryClient()
  const open = useOpenCriticals(signedIn, line)
  const [alarm] = useState(createAlarm)
  useEffect(() => () => alarm.close(), [alarm])
  const items = open.data?.items ?? []
  const changed = () => void queries.invalidateQueries({ queryKey: ['critical'] })
  const treats = has(account, 'technologist', 'clinician')
  const actions = items.filter(awaitsAction)
  const lines = items.filter((critical) => concerns(critical, account.username))
  return (
    <>
      {treats && <SoundLine alarm={alarm} />}
      <AlertLines enabled={signedIn && has(account, 'technologist', 'administrator', 'chief')} />
      {actions.slice(0, mostLines).map((critical) => (
        <ActionLine key={critical.id} critical={critical} onChanged={changed} />
      ))}
      <ReaderLines lines={lines} answered={open.data?.now} />
      {lines.length > mostLines && (
        <button type="button" className="critical-more" onClick={() => navigate('/critical')}>
          {say('moreOpen', { n: lines.length })}
        </button>
      )}
      <Takeover criticals={items} answered={open.data?.now} alarm={alarm} onChanged={changed} />
    </>
  )
}

/** Their clock ticks only while there is one. */
function ReaderLines({ lines, answered }: { readonly lines: readonly Critical[]; readonly answered: string | undefined }) {
  return lines.length === 0 ? null : <TickingLines lines={lines} answered={answered} />
}

function TickingLines({ lines, answered }: { readonly lines: readonly Critical[]; readonly answered: string | undefined }) {
  const now = useServerNow(answered)
  return lines.slice(0, mostLines).map((critical) => <ReaderLine key={critical.id} critical={critical} now={now} />)
}
