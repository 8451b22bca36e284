/** C-ECHO to a device, on demand: whether it answers, and how fast. PS3.4 Annex A. */
import { Button, Tooltip } from 'antd'
import { useState } from 'react'
import { request, sentenceOf } from '../api/http.ts'
import type { AE } from '../api/types.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { settingsWords } from './words.ts'

interface Echoed {
  readonly ok: boolean
  readonly milliseconds: number
  readonly zh: string
  readonly en: string
}

export function Echo({ ae }: { ae: AE }) {
  const say = useWords(settingsWords)
  const { language } = useLanguage()
  const [busy, setBusy] = useState(false)
  const [echoed, setEchoed] = useState<{ ok: boolean; sentence: string } | null>(null)
  const callable = ae.host !== null && ae.port !== null
  const call = async () => {
    setBusy(true)
    setEchoed(null)
    try {
      const { ok, milliseconds, ...sentence } = await request<Echoed>('POST', `/api/ae/${encodeURIComponent(ae.title)}/echo`, { body: {} })
      setEchoed({ ok, sentence: ok ? say('echoOk', { ms: Math.round(milliseconds) }) : sentence[language] })
    } catch (error) {
      setEchoed({ ok: false, sentence: sentenceOf(error, language) })
    } finally {
      setBusy(false)
    }
  }
  return (
    <div className="echo">
      <Tooltip title={callable ? undefined : say('echoNeeds')}>
        <Button size="small" loading={busy} disabled={!callable} onClick={() => void call()}>
          {say('echoCall')}
        </Button>
      </Tooltip>
      {echoed && (
        <div role="status" className={echoed.ok ? 'echo-ok' : 'echo-failed'}>
          {echoed.ok ? '✓' : '✗'} {echoed.sentence}
        </div>
      )}
    </div>
  )
}
