/** 患者与冲突: what disagrees waits here until a person decides, with both sides in sight. dicom.md §6. */
import './patients.css'
import { Empty, Segmented } from 'antd'
import type { Line } from '../api/events.ts'
import { useConflicts } from '../api/patients.ts'
import { useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { useAddressQuery } from '../shell/router.ts'
import { ConflictCard } from './conflict-card.tsx'
import { PatientsTabs } from './patients-tabs.tsx'
import { patientWords } from './words.ts'

const states = ['open', 'decided'] as const

export function ConflictsPage({ line }: { line: Line }) {
  const say = useWords(patientWords)
  const [address, change] = useAddressQuery()
  const state = states.find((each) => each === address.get('state')) ?? 'open'
  const conflicts = useConflicts(state, true, line)
  return (
    <div className="board patients">
      <div className="board-head">
        <PatientsTabs page="conflicts" />
        <span className="space" />
        <Segmented
          size="large"
          value={state}
          onChange={(state) => change({ state })}
          options={states.map((value) => ({ value, label: say(value) }))}
        />
      </div>
      <Answer query={conflicts}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty description={say(state === 'open' ? 'emptyOpen' : 'emptyDecided')} />
          ) : (
            <ul className="board-rows">
              {items.map((conflict) => (
                <ConflictCard key={conflict.id} conflict={conflict} />
              ))}
            </ul>
          )
        }
      </Answer>
    </div>
  )
}
