/** Holds the log of every task against its hashes, stretch by stretch. */
import { App, Button } from 'antd'
import { useState } from 'react'
import { request, sentenceOf } from '../api/http.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { turnaroundWords } from './turnaround-words.ts'

interface Verified {
  readonly workitems: number
  readonly events: number
  readonly broken: readonly { readonly workitem: string; readonly number: number }[]
  readonly next: string | null
}

export function VerifyEvents() {
  const say = useWords(turnaroundWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const [busy, setBusy] = useState(false)
  const verify = async () => {
    setBusy(true)
    const key = 'verify-events'
    let [workitems, events, after] = [0, 0, '0' as string | null]
    const broken: Verified['broken'][number][] = []
    try {
      while (after !== null) {
        const answer: Verified = await request('POST', '/api/audit/verify-workitems', { body: { after } })
        workitems += answer.workitems
        events += answer.events
        broken.push(...answer.broken)
        after = answer.next
        message.open({ key, type: 'loading', content: say('verifying', { n: workitems }), duration: 0 })
      }
      if (broken.length === 0) message.open({ key, type: 'success', content: say('eventsWhole', { n: workitems, m: events }), duration: 6 })
      else {
        const list = broken.slice(0, 5).map(({ workitem, number }) => `${workitem}/${number}`)
        message.open({ key, type: 'error', content: say('eventsBroken', { n: broken.length, list: list.join(' ') }), duration: 0 })
      }
    } catch (error) {
      message.open({ key, type: 'error', content: sentenceOf(error, language), duration: 6 })
    } finally {
      setBusy(false)
    }
  }
  return (
    <Button loading={busy} onClick={() => void verify()}>
      {say('verifyEvents')}
    </Button>
  )
}
