/** What was merged, moved and joined, by whom and why; each can be taken back. */
import { Button } from 'antd'
import { useState } from 'react'
import type { LinkKind, PatientLink } from '../api/patient-types.ts'
import { undoLink } from '../api/patients.ts'
import { exactTime } from '../clock.ts'
import { useWords } from '../language/language.tsx'
import { Ask } from '../shell/ask.tsx'
import { useDeed } from './use-deed.ts'
import { patientWords } from './words.ts'

const kinds: Readonly<Record<LinkKind, keyof typeof patientWords>> = { merge: 'linkMerge', match: 'linkMatch', person: 'linkPerson' }

export function PatientLinks({ name, links }: { name: string; links: readonly PatientLink[] }) {
  const say = useWords(patientWords)
  const { busy, perform } = useDeed()
  const [undoing, setUndoing] = useState<PatientLink | null>(null)
  const undo = async ({ reason = '' }: { reason?: string }) => {
    if (undoing && (await perform(() => undoLink(undoing.id, reason), say('undone')))) setUndoing(null)
  }
  return (
    <section>
      <h2>{say('links')}</h2>
      {links.length === 0 && <p className="quiet">{say('noLinks')}</p>}
      <ul className="deeds">
        {links.map((link) => (
          <li key={link.id} data-link={link.id}>
            <b>{say(kinds[link.kind])}</b> <span>{say('linkLine', { by: link.by, at: exactTime(link.at), reason: link.reason })}</span>
            {link.undone ? (
              <span className="quiet">{say('undoneBy', { ...link.undone, at: exactTime(link.undone.at) })}</span>
            ) : (
              <Button size="small" onClick={() => setUndoing(link)}>
                {say('undo')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <Ask
        open={undoing !== null}
        title={undoing ? say('undoLinkAsk', { name, kind: say(kinds[undoing.kind]) }) : ''}
        ok={say('undo')}
        busy={busy}
        fields={[{ name: 'reason', label: say('reason'), required: true }]}
        onOk={undo}
        onCancel={() => setUndoing(null)}
      />
    </section>
  )
}
